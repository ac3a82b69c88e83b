//! What the expansion of a function is, and what each mistake is told as.

use std::collections::BTreeSet;

use expect_test::{Expect, expect, expect_file};
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use super::expand;

fn pretty(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

fn fetch_protected_document() -> (TokenStream, TokenStream) {
    (
        quote! {
            justification = "Fetching document {document_id} for user query",
            may_request(type = "document", actions = ["read"], identifier = "{document_id}"),
        },
        quote! {
            /// Fetch a sensitive document from the protected API.
            ///
            /// Asks for access when it is missing.
            async fn fetch_protected_document(
                cx: &ToolContext,
                /// The document's id, such as `doc_9982`.
                document_id: String,
            ) -> Result<String, ToolError> {
                cx.get(document_id).await
            }
        },
    )
}

fn add() -> (TokenStream, TokenStream) {
    (
        quote!(name = "add_numbers", crate = ::renamed),
        quote! {
            #[doc = " Adds two numbers."]
            #[cfg(unix)]
            #[deprecated]
            pub(crate) fn add(mut a: i64, #[serde(default)] r#type: Option<i64>) -> i64 {
                a + r#type.unwrap_or_default()
            }
        },
    )
}

#[test]
fn snapshot_of_a_tool_that_asks_for_permission() {
    let (attribute, item) = fetch_protected_document();
    expect_file!["../../../tests/golden/expansions/fetch_protected_document.rs"]
        .assert_eq(&pretty(expand(attribute, &item)));
}

#[test]
fn snapshot_of_a_plain_function_without_context() {
    let (attribute, item) = add();
    expect_file!["../../../tests/golden/expansions/add.rs"].assert_eq(&pretty(expand(attribute, &item)));
}

#[test]
fn what_is_added_to_a_function_of_two_arguments_is_short() {
    for attribute in [TokenStream::new(), fetch_protected_document().0] {
        let (_, item) = fetch_protected_document();
        let mut item: syn::ItemFn = syn::parse2(item).unwrap();
        item.sig.inputs.push(syn::parse_quote!(#[doc = " Another."] another: String));
        let expansion = pretty(expand(attribute, &quote!(#item)));
        let (_, added) = expansion.split_once("\n}\n").unwrap();
        assert!(added.lines().count() < 60, "{} lines:\n{added}", added.lines().count());
    }
}

/// The identifiers that do not follow `::`, which is to say those that mean what they mean where the function stands.
fn unqualified(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let mut after_colon = false;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if !after_colon => _ = found.insert(ident.to_string()),
            TokenTree::Group(group) => unqualified(group.stream(), found),
            _ => after_colon = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':'),
        }
    }
}

#[test]
fn nothing_in_an_expansion_depends_on_what_is_in_scope() {
    let attribute = quote! {
        justification = "For {a}.",
        may_request(type = "t", actions = ["r"], identifier = "{a}", locations = ["l"]),
        crate = ::renamed
    };
    let item = quote! {
        /// Does.
        async fn does(cx: &ToolContext, a: A, b: B) -> C {}
    };
    let expansion = expand(attribute, &item);
    let text = expansion.to_string();
    assert!(!text.contains("jit_tools"), "{text}");
    let mut found = BTreeSet::new();
    unqualified(expansion, &mut found);
    let known = [
        // The author's.
        "A",
        "B",
        "C",
        "ToolContext",
        "a",
        "async",
        "b",
        "await",
        "cx",
        "does",
        "fn",
        // Keywords, attributes, and items of the trait.
        "NAME",
        "Self",
        "allow",
        "clippy",
        "automatically_derived",
        "call",
        "const",
        "definition",
        "derive",
        "doc",
        "entitlement",
        "for",
        "impl",
        "let",
        "non_camel_case_types",
        "non_snake_case",
        "schemars",
        "serde",
        "static",
        "struct",
        "type",
        "as",
        "use",
        "crate",
        "deny_unknown_fields",
        "expecting",
        "rename",
        // Methods, and names that cannot meet another.
        "arguments",
        "actions",
        "identifier",
        "justification",
        "locations",
        "may_request",
        "_",
        "Probe",
        "convert",
        "default",
        "ProbeArgument",
        "__Probe",
        "de",
        "self",
        "unused_imports",
        "__A0",
        "__A1",
        "__Arguments",
        "__DEFINITION",
        "__json",
        "parse",
        "define",
        "__arguments",
        "__cx",
        "__jit",
        "__output",
        "__shape",
    ];
    found.retain(|ident| !known.contains(&ident.as_str()));
    assert_eq!(found, BTreeSet::new());
}

fn check(attribute: TokenStream, item: &TokenStream, expected: &Expect) {
    let expansion: syn::File = syn::parse2(expand(attribute, item)).unwrap();
    let messages = expansion.items.iter().filter_map(|item| match item {
        syn::Item::Macro(item) if item.mac.path.segments.last()?.ident == "compile_error" => {
            Some(item.mac.parse_body::<syn::LitStr>().unwrap().value())
        }
        _ => None,
    });
    expected.assert_eq(&messages.map(|message| message + "\n").collect::<String>());
}

#[test]
fn all_mistakes_of_a_function_are_told_at_once() {
    check(
        quote!(naem = "x", justification = 1, may_request(actions = ["*"], tipe = "d")),
        &quote! {
            unsafe fn does<T>(a: &str, (b, c): (i32, i32), d: impl Copy) {}
        },
        &expect![[r#"
            there is no key `naem` here; did you mean `name`?
            `justification` takes a string literal: write `justification = "Fetching document {document_id}"`
            there is no key `tipe` here; did you mean `type`?
            `may_request` needs a `type`, as in `may_request(type = "document", actions = ["read"])`
            a tool cannot be `unsafe`, since a model upholds no contract: check the arguments in a safe function
            a model writes this argument by its name: give it one, and take it apart in the body
            `impl Trait` has no schema: write the concrete type
            a model chooses a tool by its description: put a doc comment (`/// …`) on the function, or add `description = "…"`
            a `*` never covers anything: name each permission that the tool needs
        "#]],
    );
}

#[test]
fn after_a_mistake_the_function_and_a_tool_are_still_there() {
    let (_, item) = fetch_protected_document();
    let text = expand(quote!(name = "1"), &item).to_string();
    for part in ["async fn fetch_protected_document (cx", "struct fetch_protected_document", "ToolFunction for"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn no_struct_stands_in_an_impl() {
    let text = expand(
        quote!(),
        &quote!(
            /** Does. */
            async fn does(&self) {}
        ),
    )
    .to_string();
    assert!(!text.contains("struct"), "{text}");
}

//! What each mistake is told as; how the compiler shows it is in `tests/compile_fail`.

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use super::{expand, tests::fetch_protected_document};

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

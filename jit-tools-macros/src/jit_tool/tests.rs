//! What the expansion of a function is.

use std::collections::BTreeSet;

use expect_test::expect_file;
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use super::{arguments, expand};

fn pretty(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

pub(super) fn fetch_protected_document() -> (TokenStream, TokenStream) {
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

/// All forms of arguments, and all rules.
fn search() -> (TokenStream, TokenStream) {
    (
        quote! {
            title = "Search", description = ABOUT, retry = "body", timeout = "30s", ttl = "5m", approval = "wait",
            needs_approval, strict = false, read_only, justification = "Searching {text}"
        },
        quote! {
            fn search<'a>(
                text: &'a str,
                folders: Option<&[Folder]>,
                #[serde(rename = "note")] remark: Cow<'_, str>,
                #[jit_tool(default = 10)] limit: u32,
                database: State<Database>,
            ) -> Answer {}
        },
    )
}

/// One struct of all arguments.
fn save() -> (TokenStream, TokenStream) {
    (
        quote!(may_request(type = "document", identifier = "{id}")),
        quote! {
            /// Saves.
            pub async fn save(cx: &ToolContext, #[jit_tool(args)] document: Document<'_>) -> impl IntoToolOutput {}
        },
    )
}

/// Type parameters.
fn count() -> (TokenStream, TokenStream) {
    (
        TokenStream::new(),
        quote! {
            /// Counts.
            pub(super) fn count<T: Thing, const MOST: usize>(things: Vec<T>) where T: Send {}
        },
    )
}

/// Methods of a generic type.
fn documents() -> TokenStream {
    quote! {
        impl<S: Store> Documents<S> {
            const MOST: usize = 3;

            /// Fetches.
            #[jit_tool(may_request(type = "document", identifier = "{id}"))]
            pub async fn fetch(&self, cx: &ToolContext, id: S::Id) -> Result<Self, Error> {}

            #[cfg(unix)]
            /// Forgets.
            #[jit_tool]
            fn forget(self: Arc<Self>) {}
        }
    }
}

fn golden(name: &str, expansion: TokenStream) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/expansions");
    expect_file![format!("{path}/{name}.rs")].assert_eq(&pretty(expansion));
}

#[test]
fn snapshots_of_six_typical_tools() {
    for (name, (attribute, item)) in [
        ("fetch_protected_document", fetch_protected_document()),
        ("add", add()),
        ("search", search()),
        ("save", save()),
        ("count", count()),
    ] {
        golden(name, expand(attribute, &item));
    }
    golden("documents", crate::jit_toolset::expand(TokenStream::new(), &documents()));
}

#[test]
fn what_is_added_to_a_function_of_two_arguments_is_short() {
    for attribute in [TokenStream::new(), fetch_protected_document().0] {
        let (_, item) = fetch_protected_document();
        let mut item: syn::ItemFn = syn::parse2(item).unwrap();
        item.sig.inputs.push(syn::parse_quote!(#[doc = " Another."] another: String));
        is_short(&pretty(expand(attribute, &quote!(#item))), "\n}\n");
    }
}

#[test]
fn what_is_added_to_a_method_of_two_arguments_is_short() {
    let item = quote! {
        impl<S: Store> Documents<S> {
            /// Fetches.
            #[jit_tool]
            async fn fetch(&self, cx: &ToolContext, id: &str, version: Option<u32>) -> Result<String, Error> {}
        }
    };
    is_short(&pretty(crate::jit_toolset::expand(TokenStream::new(), &item)), "struct __tool_fetch;\n");
}

#[test]
fn what_is_added_to_a_generic_function_of_two_arguments_is_short() {
    let item = quote! {
        /// Counts.
        async fn count<T: DeserializeOwned + JsonSchema + Send>(things: Vec<T>, #[serde(default)] others: Vec<T>) -> usize {}
    };
    is_short(&pretty(expand(TokenStream::new(), &item)), "\n}\n");
}

/// Counts the lines after a text that stands before what was added.
fn is_short(expansion: &str, before: &str) {
    let (_, added) = expansion.split_once(before).unwrap();
    // A method's is followed by what the whole set has once.
    let added = added.split("OnlyOneBlockMayLeaveOutFn").next().unwrap();
    assert!(added.lines().count() < 60, "{} lines:\n{added}", added.lines().count());
}

/// The identifiers that do not follow `::`, which is to say those that mean what they mean where the function stands.
fn unqualified(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let mut colons = 0;
    for token in tokens {
        match &token {
            TokenTree::Ident(ident) if colons < 2 => _ = found.insert(ident.to_string()),
            TokenTree::Group(group) => unqualified(group.stream(), found),
            _ => {}
        }
        let is_colon = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':');
        colons = if is_colon { colons + 1 } else { 0 };
    }
}

/// What an expansion may say by itself.
const KNOWN: &[&str] = &[
    // Keywords.
    "Self",
    "as",
    "async",
    "await",
    "const",
    "crate",
    "dyn",
    "fn",
    "for",
    "impl",
    "let",
    "mut",
    "pub",
    "self",
    "static",
    "struct",
    "super",
    "type",
    "use",
    "usize",
    "where",
    "_",
    "'static",
    "true",
    "false",
    // Attributes and what stands in them.
    "allow",
    "automatically_derived",
    "cfg",
    "clippy",
    "too_many_arguments",
    "dead_code",
    "default",
    "deny_unknown_fields",
    "deprecated",
    "derive",
    "doc",
    "extend",
    "hidden",
    "borrow",
    "non_camel_case_types",
    "non_snake_case",
    "rename",
    "schemars",
    "serde",
    "unix",
    "unreachable_pub",
    "unused_imports",
    // In `use ::core::{…}`, and of the runtime.
    "convert",
    "option",
    "Probe",
    "ProbeArgument",
    // Items of the traits, and fields and methods of what the runtime gives.
    "NAME",
    "TOOL",
    "approval",
    "arguments",
    "call",
    "define",
    "definition",
    "entitlement",
    "erased",
    "fill",
    "into",
    "needs_approval",
    "or",
    "parse",
    "read",
    "push",
    "read_only",
    "retry",
    "strict",
    "timeout",
    "tools",
    "ttl",
    "with_annotations",
    "with_rules",
    "with_title",
    "as_deref",
    "map",
    // A field that a placeholder of `save` names.
    "id",
    // Names that cannot meet another.
    "a",
];

#[test]
fn nothing_in_an_expansion_depends_on_what_is_in_scope() {
    for (attribute, item) in [fetch_protected_document(), add(), search(), save(), count()] {
        only_known(expand(renamed(&attribute), &item), [attribute, item]);
    }
    let item = documents();
    only_known(crate::jit_toolset::expand(quote!(crate = ::renamed), &item), [item, TokenStream::new()]);
}

/// The attribute of a crate that renamed the runtime.
fn renamed(attribute: &TokenStream) -> TokenStream {
    if attribute.to_string().contains("crate") {
        attribute.clone()
    } else if attribute.is_empty() {
        quote!(crate = ::renamed)
    } else {
        let attribute = attribute.to_string().trim_end_matches(',').parse::<TokenStream>().unwrap();
        quote!(#attribute, crate = ::renamed)
    }
}

/// Each name is the author's, or known to mean the same everywhere; what begins with `__` nobody else writes.
fn only_known(expansion: TokenStream, authors: [TokenStream; 2]) {
    let text = expansion.to_string();
    assert!(!super::parameter::mentions(expansion.clone(), "jit_tools"), "{text}");
    let (mut found, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    unqualified(expansion, &mut found);
    for tokens in authors {
        unqualified(tokens, &mut theirs);
    }
    found.retain(|ident| !KNOWN.contains(&ident.as_str()) && !theirs.contains(ident) && !ident.starts_with("__"));
    assert_eq!(found, BTreeSet::new(), "{text}");
}

#[test]
fn a_shadowed_name_is_never_written_by_an_expansion() {
    // The author of these writes none of the banned names, so that each of them would be the expansion's.
    let attribute = quote! {
        crate = ::renamed, justification = "For {a}.", timeout = "1s", title = "T", read_only,
        may_request(type = "t", actions = ["r"], identifier = "{a}", locations = ["l"])
    };
    let item = quote! {
        /// Does.
        async fn does(cx: &Cx, a: A, b: &str, #[jit_tool(default = 1)] c: C) -> D {}
    };
    let methods = quote! {
        impl M {
            /// Does.
            #[jit_tool(justification = "For {a}.")]
            fn does(&self, a: &[A]) -> D {}
        }
    };
    for expansion in [expand(attribute, &item), crate::jit_toolset::expand(quote!(crate = ::renamed), &methods)] {
        has_nothing_banned(expansion, &TokenStream::new());
    }
    for (attribute, item) in [fetch_protected_document(), add(), search(), save(), count()] {
        let attribute = renamed(&attribute);
        has_nothing_banned(expand(attribute, &item), &item);
    }
    has_nothing_banned(crate::jit_toolset::expand(quote!(crate = ::renamed), &documents()), &documents());
}

const BANNED: [&str; 12] =
    ["jit_tools", "Result", "String", "Vec", "Option", "Box", "format", "Ok", "Err", "Some", "None", "std"];

/// No banned name but the author's, also not in a text that a derive reads as a path, such as that of `crate = "…"`.
fn has_nothing_banned(expansion: TokenStream, authors: &TokenStream) {
    let text = expansion.to_string();
    let (mut found, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    let mut texts = Vec::new();
    literals(expansion.clone(), &mut texts);
    for path in texts.iter().filter_map(|text| syn::parse_str::<syn::ExprPath>(text).ok()) {
        unqualified(quote!(#path), &mut found);
    }
    unqualified(expansion, &mut found);
    unqualified(authors.clone(), &mut theirs);
    for banned in BANNED {
        assert!(!found.contains(banned) || theirs.contains(banned), "{banned} is in {text}");
    }
    assert!(!texts.iter().any(|text| text.contains("jit_tools")), "jit_tools is in {texts:?}");
}

/// The texts in some tokens.
fn literals(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Literal(literal) => {
                found.extend(syn::parse_str::<syn::LitStr>(&literal.to_string()).map(|text| text.value()));
            }
            TokenTree::Group(group) => literals(group.stream(), found),
            _ => {}
        }
    }
}

/// What stands in the parentheses of each attribute of that name in the examples of the guide, and on arguments.
fn examples(name: &str) -> String {
    let guide = include_str!("../../../jit-tools/src/guide.rs");
    let lines = guide.lines().map(|line| line.trim_start_matches("//!").trim_start());
    let mut is_code = false;
    let code = lines.filter(|line| {
        if line.starts_with("```") {
            is_code = !is_code;
        }
        is_code
    });
    let code = code.collect::<Vec<_>>().join("\n");
    let begin = format!("#[{name}(");
    let attributes = code.split(&begin).skip(1);
    attributes.filter_map(|after| after.split(")]").next()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_guide_shows_each_key_and_each_choice_in_an_example() {
    let is_word = |text: &str, word: &str| {
        text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|found| found == word)
    };
    let keys = arguments::KEYS.iter().chain(&arguments::MAY_REQUEST_KEYS).chain(&arguments::ON_AN_ARGUMENT);
    let choices = arguments::RETRY.iter().chain(&arguments::APPROVAL);
    for word in keys.chain(choices).chain(&["concat", "include_str"]) {
        assert!(is_word(&examples("jit_tool"), word), "`{word}` is in no example of guide.rs");
    }
    for word in crate::jit_toolset::KEYS {
        assert!(is_word(&examples("jit_toolset"), word), "`{word}` of a set is in no example of guide.rs");
    }
}

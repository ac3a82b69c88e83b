/// Fetch a sensitive document from the protected API.
///
/// Asks for access when it is missing.
async fn fetch_protected_document(
    cx: &ToolContext,
    document_id: String,
) -> Result<String, ToolError> {
    cx.get(document_id).await
}
/// The tool `fetch_protected_document`; name it in `tools![…]`.
#[allow(non_camel_case_types)]
#[derive(::core::default::Default, ::core::fmt::Debug)]
struct fetch_protected_document {}
const _: () = {
    use ::jit_tools::__private as __jit;
    #[derive(__jit::serde::Deserialize, __jit::schemars::JsonSchema)]
    #[serde(
        crate = "__jit::serde",
        deny_unknown_fields,
        expecting = "an object with the arguments of `fetch_protected_document`"
    )]
    #[schemars(crate = "__jit::schemars", rename = "fetch_protected_document")]
    #[allow(non_snake_case)]
    struct __Arguments<__A0> {
        /// The document's id, such as `doc_9982`.
        document_id: __A0,
    }
    const fn __shape<__A0: __jit::ToolArgument>() -> __jit::Shape<__Arguments<__A0>> {
        __jit::Shape::new()
    }
    static __DEFINITION: __jit::LazyDefinition = __jit::lazy_definition::<
        fetch_protected_document,
    >();
    #[automatically_derived]
    impl __jit::ToolFunction for fetch_protected_document {
        type Arguments = __Arguments<String>;
        const NAME: &::core::primitive::str = "fetch_protected_document";
        const DESCRIPTION: &::core::primitive::str = "Fetch a sensitive document from the protected API.\n\nAsks for access when it is missing.";
        const SHAPE: __jit::Shape<Self::Arguments> = __shape::<String>();
        fn definition() -> &'static __jit::ToolDefinition {
            &__DEFINITION
        }
        fn entitlement(__arguments: &Self::Arguments) -> __jit::Entitlement {
            <__jit::Entitlement as ::core::default::Default>::default()
                .justification(
                    __jit::render_justification(
                        &[
                            __jit::Piece::Text("Fetching document "),
                            __jit::argument(&__arguments.document_id),
                            __jit::Piece::Text(" for user query"),
                        ],
                    ),
                )
                .may_request(
                    __jit::AuthorizationDetail::new("document")
                        .actions(["read"])
                        .identifier(
                            __jit::render_exact(
                                &[__jit::argument(&__arguments.document_id)],
                            ),
                        ),
                )
        }
        async fn call(
            __cx: &__jit::ToolContext,
            __arguments: Self::Arguments,
        ) -> ::core::result::Result<__jit::ToolOutput, __jit::ToolError> {
            let __output = fetch_protected_document(__cx, __arguments.document_id).await;
            __jit::IntoToolOutput::into_tool_output(__output)
        }
    }
};

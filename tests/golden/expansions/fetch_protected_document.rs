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
    const __SHAPE: __jit::Shape<__Arguments<String>> = __shape::<String>();
    static __DEFINITION: __jit::LazyDefinition = __jit::LazyDefinition::new(|| {
        __SHAPE
            .define(
                "fetch_protected_document",
                "Fetch a sensitive document from the protected API.\n\nAsks for access when it is missing.",
            )
    });
    #[automatically_derived]
    impl __jit::ToolFunction for fetch_protected_document {
        const NAME: &::core::primitive::str = "fetch_protected_document";
        fn definition() -> &'static __jit::ToolDefinition {
            &__DEFINITION
        }
        fn entitlement(
            __json: &::core::primitive::str,
        ) -> __jit::ToolResult<__jit::Entitlement> {
            let __arguments = __SHAPE.parse(__json)?;
            let __entitlement = <__jit::Entitlement as ::core::default::Default>::default();
            ::core::result::Result::Ok(
                __entitlement
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
                                )?,
                            ),
                    ),
            )
        }
        async fn call(
            __cx: &__jit::ToolContext,
        ) -> __jit::ToolResult<__jit::ToolOutput> {
            let __arguments = __SHAPE.parse(__cx.arguments())?;
            let __output = fetch_protected_document(__cx, __arguments.document_id).await;
            __jit::IntoToolOutput::into_tool_output(__output)
        }
    }
};

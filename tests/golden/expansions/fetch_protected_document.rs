#[allow(clippy::needless_pass_by_value)]
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
#[derive(::core::fmt::Debug)]
struct fetch_protected_document {}
#[allow(non_snake_case, unused_imports, clippy::too_many_arguments)]
const _: () = {
    use ::jit_tools::__private::{self as __jit, Probe as __Probe, ProbeArgument as _};
    use ::core::{convert::Into as _, default::Default as _};
    #[derive(__jit::serde::Deserialize, __jit::schemars::JsonSchema)]
    #[serde(crate = "__jit::serde", deny_unknown_fields)]
    #[schemars(crate = "__jit::schemars", rename = "fetch_protected_document")]
    struct __Arguments<__A0> {
        /// The document's id, such as `doc_9982`.
        document_id: __A0,
    }
    fn __shape<'a, __A0: __jit::Arg<'a>>(
        _: __jit::Slot<__A0>,
    ) -> __jit::Shape<'a, __Arguments<__A0>> {
        __jit::Shape::new()
    }
    impl __jit::ToolFunction for fetch_protected_document {
        const NAME: &::core::primitive::str = "fetch_protected_document";
        const TOOL: &Self = &Self {};
        fn definition() -> &'static __jit::ToolDefinition {
            static __DEFINITION: __jit::LazyDefinition = __jit::LazyDefinition::new(|| {
                __shape(__Probe::<String>::sent())
                    .define(
                        "fetch_protected_document",
                        "Fetch a sensitive document from the protected API.\n\nAsks for access when it is missing.",
                        __Probe::<Result<String, ToolError>>::output(),
                    )
            });
            &__DEFINITION
        }
        fn entitlement(__json: &::core::primitive::str) -> __jit::Entitled {
            let __shape = __shape(__Probe::<String>::sent());
            let __arguments = __shape.parse(__json)?;
            __jit::entitlement(
                "Fetching document {document_id} for user query",
                &[__jit::MayRequest::new("document", &["read"], "{document_id}", &[])],
                &[__jit::Value::new("document_id", &__arguments.document_id)],
            )
        }
        async fn call(__cx: &__jit::ToolContext) -> __jit::Outcome {
            let __shape = __shape(__Probe::<String>::sent());
            let __arguments = __shape.read(__cx)?;
            let __output = fetch_protected_document(
                    <&'_ ToolContext as __jit::FromContext>::from_context(__cx)?,
                    __Probe::<String>::give(__cx, __arguments.document_id)?,
                )
                .await;
            __jit::IntoToolOutput::into_tool_output(__output)
        }
    }
};

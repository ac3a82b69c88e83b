#[allow(clippy::needless_pass_by_value)]
/// Saves.
pub async fn save(cx: &ToolContext, document: Document<'_>) -> impl IntoToolOutput {}
/// The tool `save`; name it in `tools![…]`.
#[allow(non_camel_case_types)]
#[derive(::core::fmt::Debug)]
pub struct save {}
#[allow(non_snake_case, unused_imports, clippy::too_many_arguments)]
const _: () = {
    use ::jit_tools::__private::{self as __jit, Probe as __Probe, ProbeArgument as _};
    impl __jit::ToolFunction for save {
        const NAME: &::core::primitive::str = "save";
        const TOOL: &Self = &Self {};
        fn definition() -> &'static __jit::ToolDefinition {
            static __DEFINITION: __jit::LazyDefinition = __jit::LazyDefinition::new(|| {
                __jit::whole(__jit::Slot::<Document<'_>>::sent())
                    .define("save", "Saves.", ::core::option::Option::None)
            });
            &__DEFINITION
        }
        fn entitlement(__json: &::core::primitive::str) -> __jit::Entitled {
            let __shape = __jit::whole(__jit::Slot::<Document<'_>>::sent());
            let __arguments = __shape.parse(__json)?;
            __jit::entitlement(
                "",
                &[__jit::MayRequest::new("document", &[], "{id}", &[])],
                &[__jit::Value::new("id", &__arguments.id)],
            )
        }
        async fn call(__cx: &__jit::ToolContext) -> __jit::Outcome {
            let __shape = __jit::whole(__jit::Slot::<Document<'_>>::sent());
            let __arguments = __shape.read(__cx)?;
            let __output = save(
                    <&'_ ToolContext as __jit::FromContext>::from_context(__cx)?,
                    __arguments,
                )
                .await;
            __jit::IntoToolOutput::into_tool_output(__output)
        }
    }
};

#[allow(clippy::needless_pass_by_value)]
/// Adds two numbers.
#[cfg(unix)]
#[deprecated]
pub(crate) fn add(mut a: i64, r#type: Option<i64>) -> i64 {
    a + r#type.unwrap_or_default()
}
#[cfg(unix)]
/// The tool `add_numbers`; name it in `tools![…]`.
#[allow(non_camel_case_types)]
#[derive(::core::fmt::Debug)]
pub(crate) struct add {}
#[cfg(unix)]
#[allow(non_snake_case, unused_imports, clippy::too_many_arguments)]
#[allow(deprecated)]
const _: () = {
    use ::renamed::__private::{self as __jit, Probe as __Probe, ProbeArgument as _};
    use ::core::{convert::Into as _, default::Default as _, option::Option::Some};
    #[derive(__jit::serde::Deserialize, __jit::schemars::JsonSchema)]
    #[serde(crate = "__jit::serde", deny_unknown_fields)]
    #[schemars(crate = "__jit::schemars", rename = "add_numbers")]
    struct __Arguments<__A0> {
        a: __A0,
        #[serde(default)]
        r#type: Option<i64>,
    }
    fn __shape<'a, __A0: __jit::Arg<'a>>(
        _: __jit::Slot<__A0>,
    ) -> __jit::Shape<'a, __Arguments<__A0>> {
        __jit::Shape::new()
    }
    impl __jit::ToolFunction for add {
        const NAME: &::core::primitive::str = "add_numbers";
        const TOOL: &Self = &Self {};
        fn definition() -> &'static __jit::ToolDefinition {
            static __DEFINITION: __jit::LazyDefinition = __jit::LazyDefinition::new(|| {
                __shape(__Probe::<i64>::slot())
                    .define("add_numbers", "Adds two numbers.", __Probe::<i64>::output())
            });
            &__DEFINITION
        }
        async fn call(__cx: &__jit::ToolContext) -> __jit::Outcome {
            let __shape = __shape(__Probe::<i64>::slot());
            let __arguments = __shape.read(__cx)?;
            let __output = add(
                __Probe::<i64>::give(__cx, __arguments.a)?,
                __arguments.r#type,
            );
            __jit::IntoToolOutput::into_tool_output(__output)
        }
    }
};

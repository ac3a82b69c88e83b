/// Adds two numbers.
#[cfg(unix)]
#[deprecated]
pub(crate) fn add(mut a: i64, r#type: Option<i64>) -> i64 {
    a + r#type.unwrap_or_default()
}
#[cfg(unix)]
/// The tool `add_numbers`; name it in `tools![…]`.
#[allow(non_camel_case_types)]
#[derive(::core::default::Default, ::core::fmt::Debug)]
pub(crate) struct add {}
#[cfg(unix)]
#[allow(deprecated)]
const _: () = {
    use ::renamed::__private as __jit;
    #[derive(__jit::serde::Deserialize, __jit::schemars::JsonSchema)]
    #[serde(
        crate = "__jit::serde",
        deny_unknown_fields,
        expecting = "an object with the arguments of `add_numbers`"
    )]
    #[schemars(crate = "__jit::schemars", rename = "add_numbers")]
    #[allow(non_snake_case)]
    struct __Arguments<__A0> {
        a: __A0,
        #[serde(default)]
        r#type: Option<i64>,
    }
    const fn __shape<__A0: __jit::ToolArgument>() -> __jit::Shape<__Arguments<__A0>> {
        __jit::Shape::new()
    }
    const __SHAPE: __jit::Shape<__Arguments<i64>> = __shape::<i64>();
    static __DEFINITION: __jit::LazyDefinition = __jit::LazyDefinition::new(|| {
        __SHAPE.define("add_numbers", "Adds two numbers.")
    });
    #[automatically_derived]
    impl __jit::ToolFunction for add {
        const NAME: &::core::primitive::str = "add_numbers";
        fn definition() -> &'static __jit::ToolDefinition {
            &__DEFINITION
        }
        async fn call(
            __cx: &__jit::ToolContext,
        ) -> __jit::ToolResult<__jit::ToolOutput> {
            let __arguments = __SHAPE.parse(__cx.arguments())?;
            let __output = add(__arguments.a, __arguments.r#type);
            __jit::IntoToolOutput::into_tool_output(__output)
        }
    }
};

#[allow(clippy::needless_pass_by_value)]
/// Counts.
pub(super) fn count<T: Thing, const MOST: usize>(things: Vec<T>)
where
    T: Send,
{}
/// The tool `count`; name it in `tools![…]`.
#[allow(non_camel_case_types)]
#[derive(::core::fmt::Debug)]
pub(super) struct count<T, const MOST: usize> {
    __types: ::core::marker::PhantomData<(fn(&T),)>,
}
#[allow(non_snake_case, unused_imports, clippy::too_many_arguments)]
const _: () = {
    use ::jit_tools::__private::{self as __jit, Probe as __Probe, ProbeArgument as _};
    use ::core::{convert::Into as _, default::Default as _};
    #[derive(__jit::serde::Deserialize, __jit::schemars::JsonSchema)]
    #[serde(crate = "__jit::serde", deny_unknown_fields)]
    #[schemars(crate = "__jit::schemars", rename = "count")]
    struct __Arguments<__A0> {
        things: __A0,
    }
    fn __shape<'a, __A0: __jit::Arg<'a>>(
        _: __jit::Slot<__A0>,
    ) -> __jit::Shape<'a, __Arguments<__A0>> {
        __jit::Shape::new()
    }
    #[automatically_derived]
    impl<T: Thing, const MOST: usize> __jit::ToolMethod<()> for count<T, MOST>
    where
        T: Send,
        T: 'static,
    {
        const NAME: &'static ::core::primitive::str = "count";
        fn definition() -> __jit::ToolDefinition {
            __shape(__Probe::<Vec<T>>::slot())
                .define("count", "Counts.", ::core::option::Option::None)
        }
        async fn call(_: &__jit::Arc<()>, __cx: &__jit::ToolContext) -> __jit::Outcome {
            let __shape = __shape(__Probe::<Vec<T>>::slot());
            let __arguments = __shape.read(__cx)?;
            let __output = count::<
                T,
                MOST,
            >(__Probe::<Vec<T>>::give(__cx, __arguments.things)?);
            __jit::IntoToolOutput::into_tool_output(__output)
        }
    }
    #[automatically_derived]
    impl<T: Thing, const MOST: usize> __jit::ListedTool for count<T, MOST>
    where
        T: Send,
        T: 'static,
    {
        const NAME: &'static ::core::primitive::str = "count";
        fn erased() -> __jit::ToolRef {
            __jit::BoundTool::<Self, ()>::erased(&::core::default::Default::default())
        }
    }
};

impl<S: Store> Documents<S> {
    const MOST: usize = 3;
    #[allow(clippy::needless_pass_by_value)]
    /// Fetches.
    pub async fn fetch(&self, cx: &ToolContext, id: S::Id) -> Result<Self, Error> {}
    #[allow(clippy::needless_pass_by_value)]
    #[cfg(unix)]
    /// Forgets.
    fn forget(self: Arc<Self>) {}
}
#[allow(unused_imports)]
const _: () = {
    use ::jit_tools::__private::{self as __jit, Probe as __Probe, ProbeArgument as _};
    #[jit_tool(__taken_by_jit_toolset)]
    const _: () = ();
    #[allow(non_camel_case_types)]
    struct __tool_fetch;
    #[allow(non_snake_case, unused_imports, clippy::too_many_arguments)]
    const _: () = {
        use ::core::{convert::Into as _, default::Default as _};
        #[derive(__jit::serde::Deserialize, __jit::schemars::JsonSchema)]
        #[serde(crate = "__jit::serde", deny_unknown_fields)]
        #[schemars(crate = "__jit::schemars", rename = "fetch")]
        struct __Arguments<__A0> {
            id: __A0,
        }
        fn __shape<'a, __A0: __jit::Arg<'a>>(
            _: __jit::Slot<__A0>,
        ) -> __jit::Shape<'a, __Arguments<__A0>> {
            __jit::Shape::new()
        }
        #[automatically_derived]
        impl<S: Store> __jit::ToolMethod<Documents<S>> for __tool_fetch
        where
            S: 'static,
            Documents<S>: __jit::ToolReceiver,
        {
            const NAME: &'static ::core::primitive::str = "fetch";
            fn definition() -> __jit::ToolDefinition {
                __shape(__Probe::<S::Id>::slot())
                    .define(
                        "fetch",
                        "Fetches.",
                        __Probe::<Result<Documents<S>, Error>>::output(),
                    )
            }
            fn entitlement(__json: &::core::primitive::str) -> __jit::Entitled {
                let __shape = __shape(__Probe::<S::Id>::slot());
                let __arguments = __shape.parse(__json)?;
                __jit::entitlement(
                    "",
                    &[__jit::MayRequest::new("document", &[], "{id}", &[])],
                    &[__jit::Value::new("id", &__arguments.id)],
                )
            }
            async fn call(
                __receiver: &__jit::Arc<Documents<S>>,
                __cx: &__jit::ToolContext,
            ) -> __jit::Outcome {
                let __shape = __shape(__Probe::<S::Id>::slot());
                let __arguments = __shape.read(__cx)?;
                let __output = <Documents<
                    S,
                >>::fetch(
                        __receiver,
                        <&'_ ToolContext as __jit::FromContext>::from_context(__cx)?,
                        __Probe::<S::Id>::give(__cx, __arguments.id)?,
                    )
                    .await;
                __jit::IntoToolOutput::into_tool_output(__output)
            }
        }
    };
    #[cfg(unix)]
    #[allow(non_camel_case_types)]
    struct __tool_forget;
    #[cfg(unix)]
    #[allow(non_snake_case, unused_imports, clippy::too_many_arguments)]
    const _: () = {
        use ::core::{convert::Into as _, default::Default as _};
        #[derive(__jit::serde::Deserialize, __jit::schemars::JsonSchema)]
        #[serde(crate = "__jit::serde", deny_unknown_fields)]
        #[schemars(crate = "__jit::schemars", rename = "forget")]
        struct __Arguments {}
        fn __shape<'a>() -> __jit::Shape<'a, __Arguments> {
            __jit::Shape::new()
        }
        #[automatically_derived]
        impl<S: Store> __jit::ToolMethod<Documents<S>> for __tool_forget
        where
            S: 'static,
            Documents<S>: __jit::ToolReceiver,
        {
            const NAME: &'static ::core::primitive::str = "forget";
            fn definition() -> __jit::ToolDefinition {
                __shape().define("forget", "Forgets.", ::core::option::Option::None)
            }
            async fn call(
                __receiver: &__jit::Arc<Documents<S>>,
                __cx: &__jit::ToolContext,
            ) -> __jit::Outcome {
                let __shape = __shape();
                let __arguments = __shape.read(__cx)?;
                let __output = <Documents<
                    S,
                >>::forget(::core::clone::Clone::clone(__receiver));
                __jit::IntoToolOutput::into_tool_output(__output)
            }
        }
    };
    #[doc(hidden)]
    #[automatically_derived]
    impl<S: Store> __jit::OnlyOneBlockMayLeaveOutFn for Documents<S> {}
    #[automatically_derived]
    impl<S: Store> Documents<S> {
        /// The tools of this value, which all their calls share.
        #[allow(unreachable_pub, dead_code)]
        pub fn tools(
            __receiver: impl ::core::convert::Into<__jit::Arc<Self>>,
        ) -> __jit::Toolset
        where
            Self: __jit::ToolReceiver,
        {
            let __receiver = ::core::convert::Into::<__jit::Arc<Self>>::into(__receiver);
            let mut __set = __jit::Vec::new();
            __set.push(__jit::BoundTool::<__tool_fetch, Self>::erased(&__receiver));
            #[cfg(unix)]
            __set.push(__jit::BoundTool::<__tool_forget, Self>::erased(&__receiver));
            __jit::Toolset::from_methods(__set)
        }
    }
};

#[allow(clippy::needless_pass_by_value)]
fn search<'a>(
    text: &'a str,
    folders: Option<&[Folder]>,
    remark: Cow<'_, str>,
    limit: u32,
    database: State<Database>,
) -> Answer {}
/// The tool `search`; name it in `tools![…]`.
#[allow(non_camel_case_types)]
#[derive(::core::fmt::Debug)]
struct search {}
#[allow(non_snake_case, unused_imports, clippy::too_many_arguments)]
const _: () = {
    use ::jit_tools::__private::{self as __jit, Probe as __Probe, ProbeArgument as _};
    use ::core::{convert::Into as _, default::Default as _, option::Option::Some};
    #[derive(__jit::serde::Deserialize, __jit::schemars::JsonSchema)]
    #[serde(crate = "__jit::serde", deny_unknown_fields)]
    #[schemars(crate = "__jit::schemars", rename = "search")]
    struct __Arguments<__A0, __A1, __A2, __A3, __A4> {
        text: __A0,
        folders: __A1,
        #[serde(rename = "note")]
        remark: __A2,
        #[serde(
            default = "<__jit::Defaulted<__A3> as ::core::default::Default>::default"
        )]
        #[schemars(extend("default" = 10))]
        limit: __jit::Defaulted<__A3>,
        database: __A4,
    }
    fn __shape<
        'a,
        __A0: __jit::Arg<'a>,
        __A1: __jit::Arg<'a>,
        __A2: __jit::Arg<'a>,
        __A3: __jit::Arg<'a>,
        __A4: __jit::Arg<'a>,
    >(
        _: __jit::Slot<__A0>,
        _: __jit::Slot<__A1>,
        _: __jit::Slot<__A2>,
        _: __jit::Slot<__A3>,
        _: __jit::Slot<__A4>,
    ) -> __jit::Shape<'a, __Arguments<__A0, __A1, __A2, __A3, __A4>> {
        __jit::Shape::new()
    }
    impl __jit::ToolFunction for search {
        const NAME: &::core::primitive::str = "search";
        const TOOL: &Self = &Self {};
        fn definition() -> &'static __jit::ToolDefinition {
            static __DEFINITION: __jit::LazyDefinition = __jit::LazyDefinition::new(|| {
                __shape(
                        __jit::Slot::<__jit::Text<'_>>::new(),
                        __jit::Slot::<::core::option::Option<__jit::Vec<Folder>>>::new(),
                        __jit::Slot::<__jit::Text<'_>>::new(),
                        __jit::Slot::<u32>::new(),
                        __Probe::<State<Database>>::slot(),
                    )
                    .define(
                        "search",
                        {
                            const __DESCRIPTION: &::core::primitive::str = __jit::description(
                                ABOUT,
                            );
                            __DESCRIPTION
                        },
                        __Probe::<Answer>::output(),
                    )
                    .with_title("Search")
                    .with_annotations(__jit::ToolAnnotations {
                        read_only: ::core::option::Option::Some(true),
                        ..::core::default::Default::default()
                    })
                    .with_rules(|__rules| {
                        __rules.retry = __jit::Retry::Body;
                        __rules.timeout = __jit::milliseconds(30000u64);
                        __rules.ttl = __jit::milliseconds(300000u64);
                        __rules.approval = __jit::WAIT;
                        __rules.needs_approval = true;
                        __rules.strict = ::core::option::Option::Some(false);
                    })
            });
            &__DEFINITION
        }
        fn entitlement(__json: &::core::primitive::str) -> __jit::Entitled {
            let __shape = __shape(
                __jit::Slot::<__jit::Text<'_>>::new(),
                __jit::Slot::<::core::option::Option<__jit::Vec<Folder>>>::new(),
                __jit::Slot::<__jit::Text<'_>>::new(),
                __jit::Slot::<u32>::new(),
                __Probe::<State<Database>>::slot(),
            );
            let __arguments = __shape.parse(__json)?;
            __jit::entitlement(
                "Searching {text}",
                &[],
                &[__jit::Value::new("text", &__arguments.text)],
            )
        }
        async fn call(__cx: &__jit::ToolContext) -> __jit::Outcome {
            let __shape = __shape(
                __jit::Slot::<__jit::Text<'_>>::new(),
                __jit::Slot::<::core::option::Option<__jit::Vec<Folder>>>::new(),
                __jit::Slot::<__jit::Text<'_>>::new(),
                __jit::Slot::<u32>::new(),
                __Probe::<State<Database>>::slot(),
            );
            let __arguments = __shape.read(__cx)?;
            let __value_limit = __arguments.limit.or(|| 10);
            let __output = search(
                &__arguments.text,
                __arguments.folders.as_deref(),
                __jit::Text::into_cow(__arguments.remark),
                __value_limit,
                __Probe::<State<Database>>::give(__cx, __arguments.database)?,
            );
            __jit::IntoToolOutput::into_tool_output(__output)
        }
    }
};

//! `tools![…]`.

/// A [`Toolset`](crate::Toolset) of annotated functions.
///
/// Each is named by its path. Two tools of one name do not compile.
///
/// ```
/// use jit_tools::{jit_tool, tools};
///
/// /// Adds two numbers.
/// #[jit_tool]
/// async fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// let tools = tools![add];
/// # let _ = tools;
/// ```
#[macro_export]
macro_rules! tools {
    ($($tool:path),* $(,)?) => {{
        const _: () = $crate::__private::assert_distinct_names(&[
            $(<$tool as $crate::__private::ToolFunction>::NAME),*
        ]);
        $crate::Toolset::from_distinct([$(<$tool as $crate::__private::ToolFunction>::erased()),*])
    }};
}

//! `tools![…]`.

/// A [`Toolset`](crate::Toolset) of annotated functions.
///
/// Each is named by its path. Two tools of one name do not compile. One may depend on a `#[cfg(…)]`.
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
    // `Fn(…)` is a path, too.
    ($tool:ident ($($argument:tt)*) $($rest:tt)*) => {
        $crate::__private::compile_error!("a tool is named and not called: leave the parentheses out")
    };
    ($($(#[$attribute:meta])* $tool:path),* $(,)?) => {{
        const TOOLS: &[$crate::__private::Listed] =
            $crate::__private::distinct(&[$($(#[$attribute])* {
                // An alias, so that each path is told once, and as a path.
                type Tool = $tool;
                $crate::__private::Listed::of::<Tool>()
            }),*]);
        $crate::Toolset::from_listed(TOOLS)
    }};
    ($($other:tt)*) => {
        $crate::__private::compile_error!("a tool is named by the path of its function: write `tools![fetch, admin::remove]`")
    };
}

//! `url!(…)`.

/// Builds a URL of values that stay in their places.
///
/// In the path, a placeholder is one whole segment; in the query, one whole value. Each value is encoded, but for the
/// unreserved characters (RFC 3986, section 2.3), so that it cannot end its segment, begin a query or add a parameter. A
/// value is anything that implements [`Display`](std::fmt::Display): a variable by its name, as in [`format!`], or what is
/// given after the text.
///
/// ```
/// use jit_tools::url;
///
/// let (document_id, query) = ("Q3/report", "a&b=c");
/// let url = url!("https://api.acme.com/v1/documents/{document_id}/parts/{part}?q={query}", part = 1 + 1)?;
/// assert_eq!(url.as_str(), "https://api.acme.com/v1/documents/Q3%2Freport/parts/2?q=a%26b%3Dc");
///
/// let document_id = "../../admin/users";
/// let error = url!("https://api.acme.com/v1/documents/{document_id}").unwrap_err();
/// assert_eq!(error.placeholder(), Some("document_id"));
/// # Ok::<(), jit_tools::UrlError>(())
/// ```
///
/// A placeholder at the beginning is the base, which is the author's and never a model's: a text, a `Url` or a
/// [`BaseUrl`](crate::BaseUrl), with or without a slash at its end.
///
/// ```
/// const API: &str = "https://api.acme.com/v1";
///
/// let url = jit_tools::url!("{API}/documents/{id}", id = 9982)?;
/// assert_eq!(url.as_str(), "https://api.acme.com/v1/documents/9982");
/// # Ok::<(), jit_tools::UrlError>(())
/// ```
///
/// The text is checked by the compiler: it is absolute, and has no user info, no fragment, no `.` or `..` segment, and no
/// character that a URL parser would change. `cx.http()` takes the result as it is, and an error is that of `send`.
///
/// A slash in a value is sent as `%2F`. Many servers refuse that, [`resource_server`](crate#features) included: where ids
/// hold slashes, have the API take them from the query.
///
/// # Errors
/// A [`UrlError`](crate::UrlError) if a value of the path is empty or blank, or has a `.` or `..` segment in it. Such a value
/// is refused also where it is encoded (`%2e%2e`, `..%2F`, a lone `/`) or in full width (`．．`), though it would stay in its
/// place: servers and proxies that decode twice, that take an encoded slash for a slash, or that drop blanks, would follow
/// it. A `/` among other text is not refused, and leads such a server to what is below. Also if the base is not a URL that
/// means what it says.
#[macro_export]
macro_rules! url {
    ($($arguments:tt)*) => {
        $crate::__private::url!($crate; $($arguments)*)
    };
}

//! The parts of what a tool gives back.

use std::borrow::Cow;

use bytes::Bytes;

/// One part of what a tool gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentPart {
    /// A text.
    Text(String),
    /// An image.
    Image {
        /// Its type, such as `image/png`.
        media_type: String,
        /// Its bytes, not encoded.
        data: Bytes,
    },
    /// Something that has a URI.
    Resource {
        /// Where it is.
        uri: String,
        /// Its type, such as `text/markdown`, where it is known.
        media_type: Option<String>,
        /// What it says, where that is given along.
        text: Option<String>,
    },
}

impl ContentPart {
    /// What a model reads that is given texts only.
    pub(crate) fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) | Self::Resource { text: Some(text), .. } => text.into(),
            Self::Image { media_type, data } => format!("[an image, {media_type}, {} bytes]", data.len()).into(),
            Self::Resource { uri, .. } => format!("[a resource: {uri}]").into(),
        }
    }
}

/// What a model reads of some parts that is given texts only: one a line.
pub(crate) fn as_text(parts: &[ContentPart]) -> String {
    parts.iter().map(ContentPart::as_text).collect::<Vec<_>>().join("\n")
}

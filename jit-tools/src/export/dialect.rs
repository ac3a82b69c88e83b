//! What a provider allows in a schema, as data.
//!
//! A [`Dialect`] is read by the [rewrites](super::rewrite); the values, one a provider, are in [`table`].

mod table;

pub(super) use table::{plain, strict};

/// What a provider allows in a schema.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a row of a table; each is a fact of its own")]
pub(super) struct Dialect {
    /// What may be written into a tool's name.
    pub(super) tool_names: Names,
    /// What may be written into a property's name.
    pub(super) property_names: Option<Names>,
    /// Whether `$ref` may be used for what is not recursive. Where not, it is written out.
    pub(super) has_references: bool,
    /// What becomes of a type that contains itself.
    pub(super) recursion: Recursion,
    /// Whether `oneOf` is known; otherwise it is `anyOf`.
    pub(super) has_one_of: bool,
    /// What the root may be. What it may not be is wrapped in an object.
    pub(super) root: Root,
    /// Whether a choice of described constants is written as one `enum`.
    pub(super) joins_constants: bool,
    /// What becomes of `prefixItems`.
    pub(super) tuples: Tuples,
    /// What becomes of objects whose keys are not known.
    pub(super) maps: Maps,
    /// What becomes of a schema that allows everything.
    pub(super) anything: Anything,
    /// What may be in an `enum`.
    pub(super) constants: Constants,
    /// Whether an `enum` may have the empty text.
    pub(super) has_empty_constants: bool,
    /// Whether `const` is known; otherwise it is an `enum` of one value.
    pub(super) has_const: bool,
    /// Whether there may be an object without properties beneath the root.
    pub(super) has_empty_objects: bool,
    /// How it is said that a value may be `null`.
    pub(super) null: Null,
    /// Whether every object says what it is made of.
    pub(super) objects: Objects,
    /// Keywords besides those of the structure. Others move into the description.
    pub(super) keywords: Keywords,
    /// The values of `format`; others move into the description.
    pub(super) formats: Formats,
    /// The largest `minItems`, where it is limited.
    pub(super) largest_min_items: Option<u64>,
    /// The names of types.
    pub(super) types: Types,
    /// How large things may be.
    pub(super) limits: Limits,
}

/// What a name may be made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    /// How many bytes it may have.
    pub(super) length: usize,
    /// The characters besides ASCII letters, digits and `_`.
    pub(super) punctuation: &'static str,
    /// Whether the first one has to be a letter or `_`.
    pub(super) starts_with_letter: bool,
}

/// What the root may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// An object, or a union of objects.
    Union,
    /// An object.
    Object,
    /// An object of which nothing is said but its properties, and which of them are required.
    Bare,
}

/// What becomes of a type that contains itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recursion {
    /// It stays in `$defs`.
    Kept,
    /// It stays in `$defs`, and every property through which it contains itself is optional.
    InOptional,
    /// It has no form.
    Refused,
}

/// What becomes of `prefixItems`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tuples {
    /// It stays.
    Kept,
    /// A tuple of one type is a list of fixed length, and any other one an object with a property for each item.
    Objects,
}

/// What becomes of objects whose keys are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Maps {
    /// They stay.
    Kept,
    /// `additionalProperties` stays; `patternProperties` becomes it.
    WithoutPatterns,
    /// They are lists of objects with `key` and `value`.
    Pairs,
}

/// What becomes of a schema that allows everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anything {
    /// It stays.
    Kept,
    /// It is a string that holds JSON.
    Text,
    /// It has no form.
    Refused,
}

/// What may be in an `enum`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Constants {
    /// Every scalar.
    All,
    /// Strings and numbers; others are written as the text of their JSON.
    StringsAndNumbers,
    /// Strings; others are written as the text of their JSON. A value that is always `null` is one of these.
    Strings,
}

/// How it is said that a value may be `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    /// `"type": ["string", "null"]`.
    InType,
    /// As [`Null::InType`] for scalars, and as a branch of `anyOf` for objects and arrays.
    InTypeOfScalars,
    /// `"nullable": true`.
    Flag,
}

/// Whether every object says what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Objects {
    /// As the author wrote it.
    AsWritten,
    /// As the author wrote it, but `additionalProperties: false` is not known, and left out.
    Unclosable,
    /// Closed: `additionalProperties` is `false`.
    Closed,
    /// Closed, and every property is required; those that were not may be `null`.
    ClosedAndRequired,
}

/// Keywords besides those of the structure.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keywords {
    /// All of JSON Schema.
    All,
    /// These.
    Only(&'static [&'static str]),
}

/// The values of `format`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Formats {
    /// All of them.
    All,
    /// These.
    Only(&'static [&'static str]),
}

/// The names of types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Types {
    /// `string`.
    Lower,
    /// `STRING`.
    Upper,
}

/// How large things may be. `None` is as large as one likes.
#[derive(Debug)]
pub(super) struct Limits {
    /// Properties in one tool's schema.
    pub(super) properties: Option<usize>,
    /// Objects within objects; a tool's own is the first.
    pub(super) depth: Option<usize>,
    /// Values of all `enum`s of a schema.
    pub(super) enum_values: Option<usize>,
    /// Characters of all names of properties and definitions, and of all constants of a schema.
    pub(super) name_characters: Option<usize>,
    /// Characters of one `enum` that has more than 250 values.
    pub(super) large_enum_characters: Option<usize>,
    /// Tools of one request.
    pub(super) tools: Option<usize>,
    /// Strict tools of one request.
    pub(super) strict_tools: Option<usize>,
    /// Optional properties of all strict tools of one request.
    pub(super) optional_properties: Option<usize>,
    /// Properties of a union type of all strict tools of one request.
    pub(super) unions: Option<usize>,
}

//! From the canonical schema to a provider's, by named rewrites. Each is a pure function of a schema and a dialect.
//!
//! A rewrite that changes what a *value* looks like leaves a note in the schema. After the last of these, the schema
//! with its notes is what the [codec](super::codec) is made of; the rewrites after that change only how the same
//! values are described, and the notes are removed.

mod anything;
mod constants;
mod definitions;
mod keywords;
mod maps;
mod nulls;
mod objects;
mod properties;
mod references;
mod root;
mod tidy;
mod tuples;
mod unions;

pub(super) use self::tuples::item_name;

use serde_json::Value;

use super::{
    codec::Codec,
    dialect::Dialect,
    error::Refusal,
    schema::{MARK, each},
};

/// A schema in a provider's dialect, and the way between its values and the canonical ones.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub(super) schema: Value,
    pub(super) codec: Codec,
}

/// Writes a canonical schema in a dialect.
pub(super) fn rewrite(canonical: &Value, dialect: &Dialect) -> Result<Rewritten, Refusal> {
    let mut schema = tidy::tidy(canonical)?;
    references::resolve(&mut schema, dialect)?;
    unions::distribute(&mut schema, dialect)?;
    if !dialect.has_references {
        // A type may contain itself only until its choices are written out: a property then hides the one it came by.
        references::resolve(&mut schema, dialect)?;
    }
    root::make_object(&mut schema, dialect);
    objects::note_optional(&mut schema);
    constants::join(&mut schema, dialect);
    tuples::rewrite(&mut schema, dialect);
    maps::rewrite(&mut schema, dialect)?;
    anything::rewrite(&mut schema, dialect)?;
    constants::rewrite(&mut schema, dialect);
    objects::close(&mut schema, dialect);
    objects::require(&mut schema, dialect);
    references::loosen(&mut schema, dialect)?;
    properties::rename(&mut schema, dialect);
    references::prune(&mut schema);

    let codec = Codec::new(&schema);

    nulls::rewrite(&mut schema, dialect);
    keywords::rewrite(&mut schema, dialect);
    root::bare(&mut schema, dialect);
    strip_notes(&mut schema);
    Ok(Rewritten { schema, codec })
}

fn strip_notes(schema: &mut Value) {
    each(schema, &mut |schema| {
        schema.shift_remove(MARK);
    });
}

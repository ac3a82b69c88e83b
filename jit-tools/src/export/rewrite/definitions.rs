//! What a schema refers to, wherever that stands, becomes a definition under a name that all readers take alike: some
//! providers look for `#/$defs/…` as it is written, and others decode it first.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    export::{
        dialect::Names,
        error::Refusal,
        names::fit,
        schema::{Object, Path, each, for_each, reference_to},
    },
    json_schema,
};

/// Names that are the same in a URI, in a JSON Pointer, and as they are.
const NAMES: Names = Names { length: 128, punctuation: "-.", starts_with_letter: false };

/// Returns the schema with `#/$defs/name` for each of its references, and what these name in its `$defs`.
///
/// # Errors
/// When a reference leads nowhere, with its place.
pub(super) fn gather(canonical: &Value) -> Result<Value, Refusal> {
    let mut definitions = Definitions::of(canonical);
    definitions.follow(canonical, &Path::default())?;
    let mut at = 0;
    while let Some(definition) = definitions.used.get(at) {
        let (target, name) = (definition.target, definition.name.clone());
        Path::with_definition(&name, |path| definitions.follow(target, path))?;
        at += 1;
    }
    Ok(definitions.gathered())
}

struct Definitions<'a> {
    root: &'a Value,
    used: Vec<Definition<'a>>,
    taken: BTreeSet<String>,
}

struct Definition<'a> {
    target: &'a Value,
    name: String,
    /// Its place in the order in which the author's definitions stand.
    place: usize,
}

impl<'a> Definitions<'a> {
    fn of(root: &'a Value) -> Self {
        let own = own_definitions(root).map(|(name, _)| name);
        let taken = own.filter(|name| fit(name, &NAMES, &BTreeSet::new()) == **name).cloned().collect();
        Self { root, used: Vec::new(), taken }
    }

    /// Notes what the references beneath a schema name.
    fn follow(&mut self, schema: &'a Value, path: &Path) -> Result<(), Refusal> {
        let mut refused = None;
        for_each(schema, path, &mut |schema, path| {
            if let Some(broken) = json_schema::nowhere(schema, self.root) {
                let remedy = "let schemars write the schema, or define it in `$defs`";
                refused.get_or_insert_with(|| Refusal::new(path, broken.to_string(), remedy));
            } else if let Some((reference, target)) = reference(schema, self.root) {
                self.note(reference, target);
            }
        });
        refused.map_or(Ok(()), Err)
    }

    fn note(&mut self, reference: &str, target: &'a Value) {
        if self.name_of(target).is_some() {
            return;
        }
        let own = own_definitions(self.root).position(|(_, own)| std::ptr::eq(own, target));
        let name = match own.and_then(|place| own_definitions(self.root).nth(place)) {
            Some((name, _)) if self.taken.contains(name) => name.clone(),
            Some((name, _)) => fit(name, &NAMES, &self.taken),
            None if std::ptr::eq(self.root, target) => {
                let title = self.root.get("title").and_then(Value::as_str).unwrap_or("Root");
                fit(title, &NAMES, &self.taken)
            }
            None => fit(reference.rsplit(['/', '#']).next().unwrap_or_default(), &NAMES, &self.taken),
        };
        self.taken.insert(name.clone());
        self.used.push(Definition { target, name, place: own.unwrap_or(usize::MAX) });
    }

    fn name_of(&self, target: &Value) -> Option<&str> {
        let used = self.used.iter().find(|used| std::ptr::eq(used.target, target));
        used.map(|used| used.name.as_str())
    }

    fn gathered(mut self) -> Value {
        self.used.sort_by_key(|definition| definition.place);
        let mut gathered = self.rewritten(self.root);
        let definitions: Object =
            self.used.iter().map(|used| (used.name.clone(), self.rewritten(used.target))).collect();
        if let (Value::Object(root), false) = (&mut gathered, definitions.is_empty()) {
            root.insert("$defs".to_owned(), definitions.into());
        }
        gathered
    }

    /// A schema without definitions of its own, that refers to those that are gathered.
    fn rewritten(&self, schema: &Value) -> Value {
        let mut schema = schema.clone();
        each(&mut schema, &mut |schema| {
            schema.shift_remove("$defs");
            schema.shift_remove("definitions");
            let target = reference(schema, self.root).map(|(_, target)| target);
            if let Some(name) = target.and_then(|target| self.name_of(target)) {
                schema.insert("$ref".to_owned(), reference_to(name).into());
            }
        });
        schema
    }
}

/// The reference of a schema, and what it names.
fn reference<'s, 'a>(schema: &'s Object, root: &'a Value) -> Option<(&'s str, &'a Value)> {
    let reference = schema.get("$ref")?.as_str()?;
    Some((reference, json_schema::target(reference, root)?))
}

/// The definitions of an author, in their order.
fn own_definitions(root: &Value) -> impl Iterator<Item = (&String, &Value)> {
    root.get("$defs").and_then(Value::as_object).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_reference_is_to_a_definition_with_a_plain_name() {
        let schema = json!({
            "title": "Tree",
            "properties": {
                "a": { "$ref": "#/$defs/Gr%C3%B6%C3%9Fe" },
                "b": { "$ref": "#/$defs/List%3C%7BT%7D%3E" },
                "c": { "$ref": "#/definitions/Old" },
                "d": { "$ref": "#/properties/e/items" },
                "e": { "items": { "type": "integer" } },
                "f": { "$ref": "#mark" },
                "g": { "$ref": "#" },
                "h": { "$ref": "#/$defs/Plain" },
            },
            "definitions": { "Old": { "$anchor": "mark", "minimum": 1 } },
            "$defs": {
                "Größe": { "maximum": 1 },
                "List<{T}>": { "items": { "$ref": "#/$defs/List%3C%7BT%7D%3E" } },
                "Plain": { "maximum": 2 },
                "Unused": {},
            },
        });
        let gathered = gather(&schema).unwrap();
        let names: Vec<_> = gathered["$defs"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["Gr__e", "List__T__", "Plain", "Old", "items", "Tree"]);
        for (property, name) in [("a", "Gr__e"), ("b", "List__T__"), ("c", "Old"), ("d", "items"), ("f", "Old")] {
            assert_eq!(gathered["properties"][property]["$ref"], format!("#/$defs/{name}"), "{property}");
        }
        assert_eq!(gathered["$defs"]["List__T__"]["items"]["$ref"], "#/$defs/List__T__");
        assert_eq!(gathered["$defs"]["Tree"]["properties"]["g"]["$ref"], "#/$defs/Tree");
        assert!(gathered.get("definitions").is_none());
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_refused_with_its_place() {
        let schema = json!({
            "properties": { "a": { "$ref": "#/$defs/A" } },
            "$defs": { "A": { "items": { "$ref": "#/$defs/none" } } },
        });
        let refusal = gather(&schema).unwrap_err();
        assert_eq!(refusal.path, "/$defs/A/items");
        assert_eq!(refusal.reason, "`#/$defs/none` refers to nothing in the schema");
    }
}

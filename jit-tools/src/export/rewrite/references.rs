//! `$ref`: merged with what stands beside it, written out where references are not known, refused where a type contains
//! itself and may not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::unions::merge;
use crate::export::{
    dialect::{Dialect, Recursion},
    error::Refusal,
    schema::{ANNOTATIONS, Object, Path, definition_name, each, for_each, for_each_child, is_required, properties},
};

const RECURSIVE: &str = "make the type not contain itself, or give the tool its arguments as text";

/// Resolves the references of a schema, so that those that remain stand alone.
pub(super) fn resolve(schema: &mut Value, dialect: &Dialect) -> Result<(), Refusal> {
    let Value::Object(root) = schema else { return Ok(()) };
    let definitions = match root.shift_remove("$defs") {
        Some(Value::Object(definitions)) => definitions,
        _ => Object::new(),
    };
    let graph = Graph::of(&definitions);
    let recursive = definitions.keys().filter(|name| graph.reaches(name, name)).cloned().collect();
    let mut resolver =
        Resolver { definitions: &definitions, recursive, keeps: dialect.has_references, within: Vec::new() };
    let path = Path::default();
    // The root is an object in every dialect.
    if let Some(target) = resolver.target(root) {
        *root = merge(&target.1, root);
    }
    resolver.resolve(schema, &path)?;
    let mut kept = Object::new();
    for (name, definition) in &definitions {
        if resolver.keeps || resolver.recursive.contains(name) {
            let mut definition = definition.clone();
            Path::with_definition(name, |path| resolver.resolve(&mut definition, path))?;
            kept.insert(name.clone(), definition);
        }
    }
    if let (Value::Object(root), false) = (schema, kept.is_empty()) {
        root.insert("$defs".to_owned(), Value::Object(kept));
    }
    Ok(())
}

/// Which definition refers to which.
struct Graph(BTreeMap<String, Vec<String>>);

impl Graph {
    fn of(definitions: &Object) -> Self {
        Self(definitions.iter().map(|(name, definition)| (name.clone(), referred(definition))).collect())
    }

    /// Whether `to` is among what `from` refers to, at any distance.
    fn reaches(&self, from: &str, to: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(name) = open.pop() {
            for next in self.0.get(name).into_iter().flatten() {
                if next == to {
                    return true;
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    }
}

/// The names of all definitions to which a schema refers.
fn referred(schema: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for_each(schema, &Path::default(), &mut |schema, _| {
        names.extend(schema.get("$ref").and_then(Value::as_str).and_then(definition_name));
    });
    names
}

struct Resolver<'a> {
    definitions: &'a Object,
    recursive: BTreeSet<String>,
    keeps: bool,
    /// The definitions that are being written out.
    within: Vec<String>,
}

impl Resolver<'_> {
    fn resolve(&mut self, schema: &mut Value, path: &Path) -> Result<(), Refusal> {
        let Value::Object(members) = schema else { return Ok(()) };
        let Some((name, target)) = self.target(members) else {
            return for_each_child(members, path, &mut |child, path| self.resolve(child, path));
        };
        let is_alone = members.len() == 1;
        let is_recursive = self.recursive.contains(&name);
        if is_alone && (self.keeps || is_recursive) {
            return Ok(());
        }
        if is_recursive && members.keys().all(|key| key == "$ref" || ANNOTATIONS.contains(&key.as_str())) {
            let reference = members.shift_remove("$ref").unwrap_or_default();
            members.insert("anyOf".to_owned(), json!([{ "$ref": reference }]));
            return Ok(());
        }
        if self.within.contains(&name) {
            return Err(Refusal::new(
                path,
                format!("`{name}` contains itself in a way that cannot be written out"),
                RECURSIVE,
            ));
        }
        *members = merge(&target, members);
        self.within.push(name);
        let resolved = self.resolve(schema, path);
        self.within.pop();
        resolved
    }

    /// The definition to which a schema refers.
    fn target(&self, schema: &Object) -> Option<(String, Object)> {
        let name = schema.get("$ref").and_then(Value::as_str).and_then(definition_name)?;
        let target = self.definitions.get(&name).and_then(Value::as_object).cloned();
        Some((name, target.unwrap_or_default()))
    }
}

/// Refuses types that contain themselves where they may not be, or makes the properties optional through which they do.
pub(super) fn loosen(schema: &mut Value, dialect: &Dialect) -> Result<(), Refusal> {
    if dialect.recursion == Recursion::Kept {
        return Ok(());
    }
    let Some(Value::Object(definitions)) = schema.get("$defs") else { return Ok(()) };
    let graph = Graph::of(definitions);
    let is_recursive = |name: &String| graph.reaches(name, name);
    if dialect.recursion == Recursion::Refused {
        let mut refusal = None;
        for_each(schema, &Path::default(), &mut |schema, path| {
            let name = schema.get("$ref").and_then(Value::as_str).and_then(definition_name);
            if let Some(name) = name.filter(is_recursive) {
                refusal
                    .get_or_insert_with(|| Refusal::new(path, format!("the type `{name}` contains itself"), RECURSIVE));
            }
        });
        return refusal.map_or(Ok(()), Err);
    }
    let definitions = definitions.clone();
    let Some(Value::Object(members)) = schema.get_mut("$defs") else { return Ok(()) };
    for (name, definition) in members.iter_mut() {
        let is_back = |to: &String| to == name || graph.reaches(to, name);
        each(definition, &mut |schema| {
            let cyclic: Vec<String> = properties(schema)
                .into_iter()
                .flatten()
                .filter(|(name, property)| is_required(schema, name) && own_references(property).iter().any(is_back))
                .map(|(name, _)| name.clone())
                .collect();
            if let Some(Value::Array(required)) = schema.get_mut("required") {
                required.retain(|name| !name.as_str().is_some_and(|name| cyclic.iter().any(|own| own == name)));
            }
        });
        if reaches_outside_properties(&definitions, definition, name) {
            let reason = format!("the type `{name}` contains itself, not through a property");
            return Err(Path::with_definition(name, |path| Refusal::new(path, reason, RECURSIVE)));
        }
    }
    Ok(())
}

/// References beneath a schema, down to the next object with properties.
fn own_references(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let Value::Object(members) = schema else { return found };
    found.extend(members.get("$ref").and_then(Value::as_str).and_then(definition_name));
    let mut members = members.clone();
    for keyword in ["properties", "$defs"] {
        members.shift_remove(keyword);
    }
    let _: Result<(), ()> = for_each_child(&mut members, &Path::default(), &mut |child, _| {
        found.extend(own_references(child));
        Ok(())
    });
    found
}

fn reaches_outside_properties(definitions: &Object, from: &Value, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = own_references(from);
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name.clone()) {
            open.extend(definitions.get(&name).map(own_references).unwrap_or_default());
        }
    }
    false
}

/// Removes definitions to which nothing refers any more.
pub(super) fn prune(schema: &mut Value) {
    let Value::Object(root) = schema else { return };
    let Some(Value::Object(mut definitions)) = root.shift_remove("$defs") else { return };
    let mut used = BTreeSet::new();
    let mut open = referred(&Value::Object(root.clone()));
    while let Some(name) = open.pop() {
        if used.insert(name.clone()) {
            open.extend(definitions.get(&name).map(referred).unwrap_or_default());
        }
    }
    definitions.retain(|name, _| used.contains(name));
    if !definitions.is_empty() {
        root.insert("$defs".to_owned(), Value::Object(definitions));
    }
}

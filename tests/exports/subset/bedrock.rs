//! What Amazon Nova takes at the root. <https://docs.aws.amazon.com/nova/latest/userguide/tool-use-definition.html>

use serde_json::Value;

use super::{Walk, Wrong, cyclic};

pub fn judge(root: &Value) -> Wrong {
    let mut walk = Walk::new(root);
    if root.get("type").is_none_or(|name| name != "object") {
        walk.say("", "the root is no object");
    }
    // A type that contains itself is for the other models.
    let is_recursive = !cyclic(root, false).is_empty();
    let known = if is_recursive {
        &["type", "properties", "required", "$defs"][..]
    } else {
        &["type", "properties", "required"]
    };
    walk.only("", root.as_object().unwrap(), known);
    walk.wrong
}

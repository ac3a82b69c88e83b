//! Every form of every provider: plain, and strict where there is such a mode.

use jit_tools::{
    ToolDefinition,
    export::{Export, ExportError, ExportOptions, Provider},
};

/// All of them, each with a name for its file.
pub fn all() -> Vec<(String, ExportOptions)> {
    let plain = Provider::all().iter().map(|provider| (provider.to_string(), ExportOptions::new(*provider)));
    let strict = Provider::all()
        .iter()
        .filter(|provider| provider.has_strict_mode())
        .map(|provider| (format!("{provider}-strict"), ExportOptions::new(*provider).strict()));
    plain.chain(strict).collect()
}

/// One tool by itself, so that what keeps one from being exported keeps none of the others.
pub fn export_one(definition: &ToolDefinition, options: &ExportOptions) -> Result<Export, ExportError> {
    Export::new([definition], options)
}

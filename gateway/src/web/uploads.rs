//! Files in a request: base64 in JSON, so that a message and its files are one thing under one key.

use crate::problem::Problem;
use crate::sessions::Attachments;
use crate::sessions::desk::Refusal;
use base64::prelude::{BASE64_STANDARD, Engine};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFile {
    name: String,
    /// What is in it, as base64: text, an image (PNG, JPEG, GIF, WebP) or PDF.
    #[schemars(
        length(min = 4),
        regex(pattern = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$")
    )]
    content: String,
}

/// Decodes and checks them all before anything is done.
pub(super) fn attachments(files: Vec<NewFile>) -> Result<Attachments, Problem> {
    let decoded = files.into_iter().map(|NewFile { name, content }| {
        let content = BASE64_STANDARD.decode(content).map_err(|error| {
            Problem::bad_request(format!("The content of {name:?} is not valid base64: {error}."))
        })?;
        Ok((name, content))
    });
    let decoded = decoded.collect::<Result<Vec<_>, Problem>>()?;
    Ok(Attachments::check(decoded).map_err(Refusal::from)?)
}

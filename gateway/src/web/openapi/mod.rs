//! The API's description, OpenAPI 3.1, made from the routes themselves.
//!
//! A [`Table`] is filled once, and both the router and the document come from it: there is no route without a
//! description and no description without a route. What goes in and out of a handler is read off its signature
//! (`describe.rs`), so the schemas are those of the very types that are sent; only sentences, and the statuses that
//! a handler refuses with, are said beside the route (`route_words.rs`).

mod describe;
mod document;
mod route_words;
mod schemas;
mod sketch;
mod table;

pub(super) use describe::{Input, Output};
pub(super) use document::Document;
pub(super) use route_words::{Tag, about};
pub(super) use sketch::Sketch;
pub(super) use table::Table;

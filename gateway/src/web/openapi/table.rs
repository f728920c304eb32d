//! Routes with their descriptions.

use super::describe::Describes;
use super::route_words::About;
use super::schemas::Schemas;
use super::sketch::Sketch;
use crate::web::idempotency::KEY;
use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use serde_json::{Value, json};

const KEY_WORDS: &str = "A key chosen by the client (1–128 characters). Repeating a request with the same \
    key has no further effect and returns the same response.";

/// A route of the document. It is drawn when somebody reads the document, not when the gateway starts.
pub(in crate::web) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: String,
    about: About,
    draw: Box<dyn Fn(&mut Sketch<'_>) + Send + Sync>,
    guarded: bool,
}

pub(in crate::web) struct Table<S> {
    base: &'static str,
    guarded: bool,
    router: Router<S>,
    operations: Vec<Operation>,
}

impl<S: Clone + Send + Sync + 'static> Table<S> {
    pub(in crate::web) fn new() -> Self {
        Self { base: "", guarded: false, router: Router::new(), operations: vec![] }
    }

    /// Routes below `base`, for people and programs that may use the API.
    pub(in crate::web) fn guarded(base: &'static str) -> Self {
        Self { base, guarded: true, ..Self::new() }
    }

    pub(in crate::web) fn get<H, T>(self, path: &'static str, handler: H, about: About) -> Self
    where
        H: Handler<T, S> + Describes<T>,
        T: 'static,
    {
        self.route("get", MethodFilter::GET, path, handler, about)
    }

    pub(in crate::web) fn post<H, T>(self, path: &'static str, handler: H, about: About) -> Self
    where
        H: Handler<T, S> + Describes<T>,
        T: 'static,
    {
        self.route("post", MethodFilter::POST, path, handler, about)
    }

    pub(in crate::web) fn put<H, T>(self, path: &'static str, handler: H, about: About) -> Self
    where
        H: Handler<T, S> + Describes<T>,
        T: 'static,
    {
        self.route("put", MethodFilter::PUT, path, handler, about)
    }

    pub(in crate::web) fn delete<H, T>(self, path: &'static str, handler: H, about: About) -> Self
    where
        H: Handler<T, S> + Describes<T>,
        T: 'static,
    {
        self.route("delete", MethodFilter::DELETE, path, handler, about)
    }

    fn route<H, T>(
        mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &'static str,
        handler: H,
        about: About,
    ) -> Self
    where
        H: Handler<T, S> + Describes<T>,
        T: 'static,
    {
        let (draw, guarded) = (Box::new(<H as Describes<T>>::describe), self.guarded);
        let whole = format!("{}{path}", self.base);
        self.operations.push(Operation { method, path: whole, about, draw, guarded });
        Self { router: self.router.route(path, on(filter, handler)), ..self }
    }

    pub(in crate::web) fn into_parts(self) -> (Router<S>, Vec<Operation>) {
        (self.router, self.operations)
    }
}

impl Operation {
    pub(super) fn draw(&self, schemas: &mut Schemas) -> Value {
        let mut sketch = Sketch::new(schemas, &self.about);
        (self.draw)(&mut sketch);
        if self.guarded {
            sketch.refuses(&[401, 403]);
        }
        if self.guarded && self.method == "post" {
            sketch.header(KEY, KEY_WORDS, &json!({ "type": "string", "minLength": 1, "maxLength": 128 }));
            sketch.refuses(&[400, 422]);
        }
        sketch.finish(self.id(), &self.security())
    }

    /// Such as `post_sessions_id_messages`.
    fn id(&self) -> String {
        let path = self.path.trim_start_matches("/api/v1");
        let words = path.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        std::iter::once(self.method).chain(words).collect::<Vec<_>>().join("_")
    }

    fn security(&self) -> Value {
        if self.guarded { json!([{ "bearer": [] }, { "cookie": [] }]) } else { json!([]) }
    }
}

//! Describes handlers by their signatures: each argument is an [`Input`], what it returns an [`Output`].

use super::sketch::Sketch;
use crate::access::{Access, CurrentSignIn, WithCookie};
use crate::problem::Problem;
use crate::web::Api;
use crate::web::idempotency::SentAs;
use axum::Json;
use axum::extract::{ConnectInfo, Extension, Query, State};
use axum::http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde_json::json;
use std::sync::Arc;

/// Something that a handler takes.
pub(in crate::web) trait Input {
    fn describe(sketch: &mut Sketch<'_>);
}

/// Something that a handler returns.
pub(in crate::web) trait Output {
    fn describe(sketch: &mut Sketch<'_>);
}

/// A handler whose signature says all. `T` is what it takes, as axum's `Handler` has it.
pub(in crate::web) trait Describes<T> {
    fn describe(sketch: &mut Sketch<'_>);
}

macro_rules! describes {
    ($($input:ident)*) => {
        impl<F, Later, Out, Marker, $($input),*> Describes<(Marker, $($input,)*)> for F
        where
            F: FnOnce($($input),*) -> Later,
            Later: Future<Output = Out>,
            Out: Output,
            $($input: Input,)*
        {
            fn describe(sketch: &mut Sketch<'_>) {
                Out::describe(sketch);
                $($input::describe(sketch);)*
            }
        }
    };
}

describes!(A);
describes!(A B);
describes!(A B C);
describes!(A B C D);
describes!(A B C D E);
describes!(A B C D E G);

// What the gateway brings by itself says nothing of the request.
macro_rules! silent {
    ($($kind:ty),*) => { $(impl Input for $kind { fn describe(_: &mut Sketch<'_>) {} })* };
}

silent!(
    State<Api>,
    State<Arc<Access>>,
    Extension<gateway_domain::Person>,
    Extension<gateway_domain::Proven>,
    HeaderMap,
    Option<Extension<CurrentSignIn>>,
    Option<Extension<SentAs>>
);

impl<T> Input for ConnectInfo<T> {
    fn describe(_: &mut Sketch<'_>) {}
}

impl<T: JsonSchema> Input for Query<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.query::<T>();
    }
}

impl<T: JsonSchema> Input for Json<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.json_body::<T>();
    }
}

/// An argument that may be refused; the handler says so in its own words.
impl<T: Input, E> Input for Result<T, E> {
    fn describe(sketch: &mut Sketch<'_>) {
        T::describe(sketch);
    }
}

impl<T: JsonSchema> Output for Json<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.answers_json::<T>();
    }
}

/// Which statuses these are is said beside the route.
impl<T: Output> Output for (StatusCode, T) {
    fn describe(sketch: &mut Sketch<'_>) {
        T::describe(sketch);
    }
}

impl Output for StatusCode {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.answers_nothing();
    }
}

impl Output for &'static str {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.answers("text/plain", &json!({ "type": "string" }));
    }
}

impl<T: Output> Output for Result<T, Problem> {
    fn describe(sketch: &mut Sketch<'_>) {
        T::describe(sketch);
    }
}

impl<T: Output> Output for WithCookie<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        T::describe(sketch);
        sketch.answers_header("Set-Cookie", "Sets or clears the sign-in cookie.");
    }
}

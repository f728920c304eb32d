//! `POST /witness/add-checkpoint`, as C2SP's `tlog-witness` has it. Plain text in and out.

use super::{Witness, WitnessReply};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use gateway_proof::witnessing::{AddCheckpoint, WitnessRefusal};
use std::sync::Arc;

/// Where checkpoints are brought. Without identity: what counts is the signature of the log (docs/security.md).
pub const PATH: &str = "/witness/add-checkpoint";

/// A proof of 63 hashes, and a checkpoint with sixteen of the largest signatures.
const MAX_BODY_BYTES: usize = 128 * 1024;

/// What the specification wants for a size.
const SIZE: &str = "text/x.tlog.size";

pub fn router(witness: Arc<Witness>) -> Router {
    Router::new()
        .route(PATH, post(add_checkpoint))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(witness)
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, body: String) -> Response {
    let reply = match body.parse::<AddCheckpoint>() {
        Ok(request) => witness.add(request).await,
        Err(refusal) => WitnessReply::Refused(refusal),
    };
    reply.into_response()
}

impl IntoResponse for WitnessReply {
    fn into_response(self) -> Response {
        match self {
            Self::Cosigned(line) => line.into_response(),
            Self::Refused(refusal) => refused(&refusal),
            Self::Unsure(_) => {
                let says = "This witness isn't sure of what it has countersigned so far. Its log says why.\n";
                (StatusCode::SERVICE_UNAVAILABLE, says).into_response()
            }
        }
    }
}

fn refused(refusal: &WitnessRefusal) -> Response {
    let status = match refusal {
        WitnessRefusal::NotARequest | WitnessRefusal::OldIsLarger => StatusCode::BAD_REQUEST,
        WitnessRefusal::UnknownLog => StatusCode::NOT_FOUND,
        WitnessRefusal::NotSigned => StatusCode::FORBIDDEN,
        WitnessRefusal::NotProven => StatusCode::UNPROCESSABLE_ENTITY,
        WitnessRefusal::OtherSize { seen: size } | WitnessRefusal::Forked { size } => {
            return (StatusCode::CONFLICT, [(header::CONTENT_TYPE, SIZE)], format!("{size}\n"))
                .into_response();
        }
    };
    (status, format!("{refusal}\n")).into_response()
}

//! The app's home tab: what waits for an answer, and the sessions that are not over.

use super::Room;
use crate::slack::client::PROMPT;
use crate::slack::inbound::happening::Who;
use crate::slack::render;
use serde_json::json;

pub(super) async fn draw(room: &Room, who: &Who) {
    let view = render::home(&room.desk.asks(), &room.desk.cards());
    let args = json!({ "user_id": who.user, "view": view });
    if let Err(error) = room.client.call("views.publish", &args, PROMPT).await {
        tracing::warn!(%error, "a home tab could not be drawn");
    }
}

//! The app's home tab: what waits for an answer, and the sessions that are not over.

use super::Room;
use crate::slack::client::{CallFault, PROMPT};
use crate::slack::inbound::event::Who;
use crate::slack::render;
use serde_json::{Value, json};

pub(super) async fn draw(room: &Room, who: &Who) {
    let home = render::home(&room.desk.asks(), &room.desk.cards(), room.ways());
    let Err(error) = publish(room, who, &home).await else {
        return;
    };
    tracing::warn!(%error, "a home tab could not be drawn");
    // An empty tab would say that there is nothing.
    if error.code().is_some()
        && let Err(error) = publish(room, who, &render::plain_home(&room.config.command)).await
    {
        tracing::warn!(%error, "a home tab does not even say that it could not be drawn");
    }
}

async fn publish(room: &Room, who: &Who, view: &Value) -> Result<(), CallFault> {
    let args = json!({ "user_id": who.user, "view": view });
    room.client.call("views.publish", &args, PROMPT).await.map(drop)
}

//! The app's home tab: what waits for an answer, and the sessions that are not over.

use super::SlackContext;
use crate::slack::client::{CallFault, PROMPT};
use crate::slack::inbound::event::SlackUser;
use crate::slack::render;
use serde_json::{Value, json};

pub(super) async fn draw(context: &SlackContext, who: &SlackUser) {
    let home = render::home(&context.desk.asks(), &context.desk.cards(), context.ways());
    let Err(error) = publish(context, who, &home).await else {
        return;
    };
    tracing::warn!(%error, "home tab not shown");
    // An empty tab would say that there is nothing.
    if error.code().is_some()
        && let Err(error) = publish(context, who, &render::plain_home(&context.config.command)).await
    {
        tracing::warn!(%error, "home tab not shown, and neither is its fallback");
    }
}

async fn publish(context: &SlackContext, who: &SlackUser, view: &Value) -> Result<(), CallFault> {
    let args = json!({ "user_id": who.user, "view": view });
    context.client.call("views.publish", &args, PROMPT).await.map(drop)
}

//! The grants in force, each with a button that revokes it.

use super::blocks::{Look, MESSAGE_BLOCKS, button, confirmed, context, section};
use crate::slack::actions::Act;
use crate::slack::sentences;
use gateway_domain::GrantView;
use serde_json::{Value, json};

/// A message takes 50 blocks.
const LISTED: usize = MESSAGE_BLOCKS - 4;

pub fn grant_list(all: &[GrantView]) -> Vec<Value> {
    let in_force: Vec<_> = all.iter().filter(|grant| grant.is_in_force()).collect();
    if in_force.is_empty() {
        return vec![section("No grants: agents ask each time.")];
    }
    let mut blocks: Vec<_> = in_force.iter().take(LISTED).map(|grant| in_a_line(grant)).collect();
    if in_force.len() > LISTED {
        blocks.push(context(&format!("… and {} more; the console has all of them", in_force.len() - LISTED)));
    }
    blocks
}

fn in_a_line(grant: &GrantView) -> Value {
    let revoke = button(sentences::REVOKE, &Act::RevokeGrant { grant: grant.id.clone() }, Look::Danger);
    let told = sentences::grant(grant);
    let question = format!("Agents ask again from the next call on.\n{told}");
    let mut block = section(&told);
    block["block_id"] = json!(grant.id);
    block["accessory"] = confirmed(revoke, "Revoke this grant?", &question, sentences::REVOKE);
    block
}

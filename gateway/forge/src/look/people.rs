//! Who may write to a repository. What stands beside a comment isn't enough: a collaborator may only read, and a private
//! member of an organisation looks like a stranger.

use crate::fault::ForgeFault;
use crate::repo_name::in_path;
use crate::visit::Visit;
use serde_json::Value;

impl Visit<'_> {
    pub(super) async fn may_write(&self, login: &str) -> Result<bool, ForgeFault> {
        let key = format!("{} {}", self.repo.key(), login.to_lowercase());
        let memo = &self.forge.memory.people;
        if let Some(known) = memo.get(&key, self.now) {
            return Ok(known);
        }
        let found: Option<Value> =
            self.find(&format!("/collaborators/{}/permission", in_path(login))).await?;
        let may = found.is_some_and(|found| {
            matches!(found["permission"].as_str(), Some("write" | "admin" | "maintain"))
        });
        memo.put(&key, &may, self.now);
        Ok(may)
    }
}

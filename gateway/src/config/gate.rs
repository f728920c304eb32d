//! The section `gate`: whether every call waits for the gateway, what runs without an ask, and what never does.

use gateway_domain::gate::{CallRule, GatePolicy};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    Off,
    On,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unguarded {
    Refuse,
    Allow,
}

/// What a call needs before it runs. Denials count first, then `risky`, then what runs without an ask.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Gate {
    /// Only at the top: with `on` each tool call of every session waits for the gateway's verdict. With `off` OpenCode decides
    /// what it asks about, and its agents can get around that. OpenCode's plugin turns the gate on by itself with
    /// `GATEWAY_GATE=on`, whatever stands here.
    #[schemars(extend("default" = "on"))]
    pub(super) mode: Option<Mode>,
    /// What happens to agents whose OpenCode runs without the guard, or on a kernel that can't guard them. With `refuse` no session
    /// starts there, and agents can only look at the session's files.
    #[schemars(extend("default" = "refuse"))]
    unguarded: Option<Unguarded>,
    /// What runs without an ask, besides what only looks at the session's own files. A command must be one program with
    /// plain words. Files that decide what runs later (`.git`, CI files, `package.json` and others) still need
    /// an answer.
    allow: Option<Vec<Allowed>>,
    /// What never runs.
    deny: Option<Vec<Denied>>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Allowed {
    /// The tool, such as `bash`, `edit` or `github_create_issue`.
    tool: String,
    /// What it is about, such as `npm test*`, `docs/*` or `https://docs.rs/*`: a command, a file below the session's
    /// directory, an address; of any other tool its arguments as JSON.
    pattern: Option<String>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Denied {
    /// The tool; `*` stands for any characters.
    tool: String,
    /// As in `allow`. Without it every call of the tool.
    pattern: Option<String>,
    /// The reason that the agent reads.
    why: Option<String>,
}

const ANY: &str = "*";

impl Gate {
    /// With what this section changes.
    pub(super) fn applied(&self, base: GatePolicy, place: &str, faults: &mut Vec<String>) -> GatePolicy {
        if self.mode.is_some() && !place.is_empty() {
            faults
                .push(format!("{place}gate.mode: stands at the top only; the gate holds for all projects."));
        }
        let mut policy = base;
        if let Some(unguarded) = self.unguarded {
            policy.lets_unguarded = unguarded == Unguarded::Allow;
        }
        if let Some(allow) = &self.allow {
            policy.allow =
                allow.iter().enumerate().filter_map(|(n, rule)| allowed(rule, n, place, faults)).collect();
        }
        if let Some(deny) = &self.deny {
            policy.deny = deny.iter().map(denied).collect();
        }
        policy
    }
}

/// A rule for everything would be the gate left open.
fn allowed(
    Allowed { tool, pattern }: &Allowed,
    n: usize,
    place: &str,
    faults: &mut Vec<String>,
) -> Option<CallRule> {
    let pattern = pattern.as_deref().unwrap_or(ANY);
    let head = tool.split('*').next().unwrap_or_default();
    let is_shell = tool == "bash" || tool.contains('*') && "bash".starts_with(head);
    let too_wide = is_shell && pattern.starts_with('*');
    if too_wide {
        faults.push(format!(
            "{place}gate.allow[{n}]: allows nearly everything; name the tool, and for `bash` begin the pattern with a program, such as `npm test*`."
        ));
        return None;
    }
    Some(CallRule { tool: tool.clone(), pattern: pattern.to_owned(), why: String::new() })
}

fn denied(Denied { tool, pattern, why }: &Denied) -> CallRule {
    let (pattern, why) = (pattern.as_deref().unwrap_or(ANY), why.as_deref().unwrap_or_default());
    CallRule { tool: tool.clone(), pattern: pattern.to_owned(), why: why.trim().to_owned() }
}

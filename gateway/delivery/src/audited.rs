//! Every kind of entry that deliveries put into the audit log, and what it tells. Whoever keeps the log lists them with its own.

use gateway_domain::AuditKind::{self, Alarm, Decision, Other, Rule};

pub const AUDITED: [(&str, AuditKind, &str); 21] = [
    ("delivery answered", Decision, "someone answered a card of a delivery"),
    ("delivery approved", Rule, "every gate of a pull request holds"),
    ("delivery begun", Other, "someone had work delivered"),
    ("delivery branch moved", Other, "someone else pushed to the branch of a delivery"),
    ("delivery closed", Other, "someone closed the pull request of a delivery"),
    ("delivery failed", Alarm, "a delivery ended because something was not as it has to be"),
    ("delivery fix", Rule, "the agent was set to fix a red CI"),
    ("delivery has its right back", Other, "the forge gave a right back"),
    ("delivery judged", Rule, "the rules answered what may happen to a change"),
    ("delivery lost a right", Other, "the forge withdrew a right, or never gave it"),
    ("delivery merged", Other, "the pull request of a delivery was merged"),
    ("delivery nothing", Other, "a delivery ended because nothing had changed"),
    ("delivery out of budget", Rule, "a delivery was held because its budget was used up"),
    ("delivery paused", Other, "someone paused a delivery"),
    ("delivery resumed", Other, "someone resumed a delivery"),
    ("delivery shadowed", Rule, "a delivery ended with what would have been"),
    ("delivery steered", Other, "someone said how a delivery is to continue"),
    ("delivery stopped", Other, "a delivery was stopped"),
    ("delivery switched", Other, "delivery was switched on or off, or to less"),
    ("delivery tier rose", Rule, "a change is riskier than it was"),
    ("delivery wrote", Rule, "the gateway wrote to the forge for a delivery"),
];

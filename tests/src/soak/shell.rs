//! What the shell really ran, held against the gateway's verdicts in its audit log. The shell's own record is written by a
//! witness in its place (`opencode::witness`); where there is a guard, no command of the agent's can reach that record.

use crate::opencode::Witnessed;
use serde_json::Value;

/// A verdict that lets one command run once.
struct Leave {
    session: String,
    command: String,
    /// In seconds since 1970.
    at: f64,
    used: bool,
}

/// What ran although nobody had let it: each command needs a verdict of its own, of its session, from before it began.
pub(super) fn without_verdict(ran: &[Witnessed], audit: &[Value]) -> Vec<String> {
    let mut leaves: Vec<_> = audit.iter().filter_map(leave).collect();
    let mut wrong = vec![];
    for one in ran {
        let found = leaves.iter_mut().find(|leave| leave.lets(one));
        match found {
            Some(leave) => leave.used = true,
            None => {
                wrong.push(format!("the shell ran {:?} without a verdict ({:?})", one.command, one.session))
            }
        }
    }
    wrong
}

impl Leave {
    fn lets(&self, ran: &Witnessed) -> bool {
        !self.used
            && is_same(&self.command, &ran.command)
            && ran.session.as_ref().is_none_or(|session| *session == self.session)
            && ran.at.is_none_or(|at| self.at <= at)
    }
}

/// The gate has a command run as it was read, which may be written in another way.
fn is_same(asked: &str, ran: &str) -> bool {
    asked == ran || shell_form::read(asked).rendered() == Some(ran)
}

fn leave(entry: &Value) -> Option<Leave> {
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let answer: Value = serde_json::from_str(&text("answer")).ok()?;
    let is_let = match text("what").as_str() {
        "allowed by rule" => answer["verdict"] == "allow",
        "answered" | "answered late" => answer["answer"] == "once" || answer["answer"] == "always",
        _ => false,
    };
    let command = text("subject").strip_prefix("bash: ")?.to_owned();
    let at = text("at").parse::<jiff::Timestamp>().ok()?.as_duration().as_secs_f64();
    is_let.then(|| Leave { session: text("session"), command, at, used: false })
}

#[cfg(test)]
mod tests {
    use super::without_verdict;
    use crate::opencode::Witnessed;
    use serde_json::{Value, json};

    fn entry(what: &str, command: &str, answer: &Value) -> Value {
        json!({
            "at": "1970-01-01T00:00:10Z", "what": what, "session": "ses_1", "subject": format!("bash: {command}"),
            "answer": answer.to_string(),
        })
    }

    fn ran(at: f64, session: &str, command: &str) -> Witnessed {
        Witnessed { at: Some(at), session: Some(session.to_owned()), command: command.to_owned() }
    }

    #[test]
    fn each_command_needs_a_verdict_of_its_own_from_before_it_began() {
        // REQ-GATE-01, REQ-GATE-02
        let audit = [
            entry("answered", "make", &json!({ "answer": "once" })),
            entry("allowed by rule", "ls", &json!({ "verdict": "allow", "rule": "runs what only looks" })),
            entry("answered", "rm x", &json!({ "answer": "deny", "reason": null })),
            entry("refused", "rm y", &json!({ "answer": "once" })),
        ];
        let fine = [ran(11.0, "ses_1", "make"), ran(10.5, "ses_1", "ls")];
        assert_eq!(without_verdict(&fine, &audit), Vec::<String>::new());
        let as_read = [ran(11.0, "ses_1", "echo 'a b'")];
        let asked = [entry("answered", "echo \"a b\"", &json!({ "answer": "once" }))];
        assert_eq!(without_verdict(&as_read, &asked), Vec::<String>::new());
        let nameless = Witnessed { session: None, at: None, ..fine[0].clone() };
        assert_eq!(without_verdict(&[nameless], &audit), Vec::<String>::new(), "older shells, and no guard");
        for wrong in [
            ran(11.0, "ses_1", "rm x"),
            ran(11.0, "ses_1", "rm y"),
            ran(11.0, "ses_1", "unknown"),
            ran(11.0, "ses_2", "make"),
            ran(9.0, "ses_1", "make"),
        ] {
            assert_eq!(without_verdict(&[wrong], &audit).len(), 1);
        }
        assert_eq!(without_verdict(&[fine[0].clone(), fine[0].clone()], &audit).len(), 1, "once is once");
    }
}

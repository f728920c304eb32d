//! What a careless rule could do to the gateway.

use super::*;
use crate::Judge;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// As good as endless, without a single long step.
const ENDLESS: &str = r#"
ten := [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
warn contains lib.finding("own.sum", "Much.", []) if {
	some a in ten; some b in ten; some c in ten; some d in ten; some e in ten
	some f in ten; some g in ten; some h in ten; some i in ten; some j in ten
	a + b + c + d + e + f + g + h + i + j == 0
}
"#;

fn endless() -> Pack {
    let limits = Limits { time: Duration::from_millis(200) };
    Pack::with(folder(&[("own.rego", &in_package(ENDLESS))]).path(), limits).unwrap()
}

#[test]
fn an_endless_rule_ends() {
    // REQ-DELIVER-05
    let pack = endless();
    let begun = Instant::now();
    let unjudged = pack.judge(&small_fix()).unwrap_err();
    assert!(unjudged.why.contains("time limit"), "{unjudged}");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn functions_that_call_themselves_are_refused() {
    // REQ-DELIVER-05: they would use up the stack, and end the gateway.
    for rules in [
        "f(x) := f(x + 1)",
        "  f(x) := y if {\n\ty := f(x)\n}",
        "f(x) := g(x)\ng(x) := h(x)\nh(x) := f(x)",
        "f(x) := data.delivery.f(x)",
        "f(x) := data[\"delivery\"].f(x)",
        "f(x) := 1 if x > 3\nelse := f(x)",
        "f(x) := y if y := lib.lines(x) with data.delivery.lib.lines as f",
    ] {
        let fault = with(&[("own.rego", &in_package(rules))]).unwrap_err();
        assert!(fault.says.contains("calls itself"), "{rules}: {fault}");
    }
    let other = "package other\n\nimport data.delivery.f as g\n\nh(x) := g(x)\n";
    let own = "package delivery\n\nimport data.other\n\nf(x) := other.h(x)\n";
    let fault = with(&[("a.rego", own), ("b.rego", other)]).unwrap_err();
    assert!(fault.says.contains("calls itself"), "{fault}");
}

#[test]
fn functions_of_the_same_name_in_other_packages_are_others() {
    // REQ-DELIVER-05
    with_rules("finding(rule, says) := lib.finding(rule, says, []) # not finding(\nlines(x) := lib.lines(x)");
}

#[test]
fn a_rule_that_asks_for_itself_gives_no_answer() {
    // REQ-DELIVER-05
    let pack = with(&[(
        "own.rego",
        &in_package("a if b\nb if a\ndeny contains lib.finding(\"a\", \"b\", []) if a"),
    )]);
    assert!(pack.is_err() || pack.is_ok_and(|pack| pack.judge(&small_fix()).is_err()));
}

#[test]
fn deep_rules_have_room() {
    // REQ-DELIVER-05
    let deep = 400;
    let functions: String = (0..deep).map(|n| format!("f{n}(x) := f{}(x)\n", n + 1)).collect();
    let pack = with_rules(&format!(
        "{functions}f{deep}(x) := x\nwarn contains lib.finding(\"own.deep\", f0(\"Deep.\"), [])"
    ));
    assert_eq!(pack.judge(&small_fix()).unwrap().warn[0].says, "Deep.");
    let many: String = (0..501).map(|n| format!("r{n} := {n}\n")).collect();
    let fault = with(&[("own.rego", &in_package(&many))]).unwrap_err();
    assert!(fault.says.contains("are the most"), "{fault}");
}

#[test]
fn what_builds_much_in_one_step_is_refused() {
    // REQ-DELIVER-05
    for rules in
        ["x := numbers.range(1, 99999999999)", "x := bits.lsh(1, 99999999)", "x := rand.intn(\"a\", 3)"]
    {
        let fault = with(&[("own.rego", &in_package(rules))]).unwrap_err();
        assert_eq!(fault.line, Some(5), "{fault}");
        assert!(fault.says.contains("can't be used in a pack"), "{fault}");
    }
}

#[test]
fn nothing_of_the_outside_is_to_be_had() {
    // REQ-DELIVER-05
    for call in [
        "http.send({\"method\": \"get\", \"url\": \"x\"})",
        "opa.runtime()",
        "time.now_ns()",
        "net.lookup_ip_addr(\"x\")",
    ] {
        let rules = in_package(&format!("warn contains lib.finding(\"a\", sprintf(\"%v\", [{call}]), [])"));
        let judged = with(&[("own.rego", &rules)]).map(|pack| pack.judge(&small_fix()));
        assert!(judged.as_ref().map_or(true, Result::is_err), "{call}: {judged:?}");
    }
}

#[tokio::test]
async fn a_judge_answers_from_async_code() {
    // REQ-DELIVER-05
    let judge = Judge::new(Arc::new(pack()), 2, Duration::from_secs(60));
    let many = (0..8).map(|_| judge.judge(small_fix()));
    for judged in futures_of(many).await {
        assert_eq!(judged.unwrap().deny, []);
    }
}

#[tokio::test]
async fn a_judge_gives_up_and_the_next_is_judged() {
    // REQ-DELIVER-05
    let judge = Judge::new(Arc::new(endless()), 1, Duration::from_millis(20));
    assert_eq!(judge.judge(small_fix()).await.unwrap_err().why, "The rules took too long.");
    let judge = Judge::new(Arc::new(endless()), 1, Duration::from_secs(60));
    for judged in futures_of((0..2).map(|_| judge.judge(small_fix()))).await {
        assert!(judged.unwrap_err().why.contains("time limit"), "each has its place after the other");
    }
}

async fn futures_of<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut done = vec![];
    let mut all: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(value) => {
                done.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

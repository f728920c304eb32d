//! The verdict over CI as a table (5.7).

use crate::made::{after, check};
use gateway_delivery::*;

struct Case {
    says: &'static str,
    checks: Vec<CheckSeen>,
    base: Vec<CheckSeen>,
    required: Vec<String>,
    earlier: Vec<String>,
    weaknesses: Vec<Weakness>,
    changed_at: i64,
    rerun: bool,
    now: i64,
    verdict: CiVerdict,
}

/// Green since 100 s, looked at after 200 s; pushed at 0.
fn case(says: &'static str, checks: Vec<CheckSeen>, verdict: CiVerdict) -> Case {
    Case {
        says,
        checks,
        base: vec![],
        required: vec![],
        earlier: vec![],
        weaknesses: vec![],
        changed_at: 100,
        rerun: false,
        now: 200,
        verdict,
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn holds(cases: Vec<Case>) {
    for case in cases {
        let verdict = ci_verdict(&CiLook {
            checks: &case.checks,
            base_checks: &case.base,
            required: &case.required,
            own: "hubble / delivery",
            pushed_at: after(0),
            changed_at: after(case.changed_at),
            was_rerun: case.rerun,
            earlier: &case.earlier,
            weaknesses: &case.weaknesses,
            settles: SETTLED_AFTER,
            now: after(case.now),
        });
        assert_eq!(verdict, case.verdict, "{}", case.says);
    }
}

use CheckState::{Doubtful, Failed, Passed, Pending};
use CiVerdict::{Green, Inherited, Missing, Red, Waiting, Weaker};

#[test]
fn silence_is_not_green() {
    // REQ-DELIVER-09
    let own = || check("hubble / delivery", Pending);
    holds(vec![
        case("nothing yet", vec![], Waiting { done: 0, of: 0 }),
        Case { now: 299, ..case("nothing after 4:59", vec![], Waiting { done: 0, of: 0 }) },
        Case { now: 300, ..case("nothing after 5 min", vec![], CiVerdict::None) },
        Case { now: 300, ..case("only our own", vec![own()], CiVerdict::None) },
        Case {
            required: names(&["unit"]),
            now: 300,
            ..case("required, and nothing", vec![], CiVerdict::None)
        },
        Case {
            required: names(&["unit"]),
            now: 1_000,
            ..case("a required one is not there yet", vec![check("lint", Passed)], Waiting { done: 1, of: 1 })
        },
        Case {
            required: names(&["unit"]),
            now: 1_800,
            ..case("a required one never came", vec![check("lint", Passed)], Missing(names(&["unit"])))
        },
        case("one still runs", vec![check("a", Passed), check("b", Pending)], Waiting { done: 1, of: 2 }),
    ]);
}

#[test]
fn green_has_settled() {
    // REQ-DELIVER-09
    let two = || vec![check("a", Passed), check("b", Passed)];
    holds(vec![
        case("green", two(), Green { checks: 2 }),
        Case { changed_at: 141, ..case("59 s ago one came", two(), Waiting { done: 2, of: 2 }) },
        Case { changed_at: 140, ..case("60 s ago", two(), Green { checks: 2 }) },
        Case {
            required: names(&["a", "hubble / delivery"]),
            ..case(
                "our own is required, and waits for us",
                vec![check("a", Passed), check("hubble / delivery", Pending)],
                Green { checks: 1 },
            )
        },
        case(
            "one of a name runs again",
            vec![check("a", Passed), check("a", Pending)],
            Waiting { done: 0, of: 1 },
        ),
        case("one of a name failed", vec![check("a", Passed), check("a", Failed)], Red(names(&["a"]))),
    ]);
}

#[test]
fn red_is_told_apart() {
    // REQ-DELIVER-09
    let red = || vec![check("a", Passed), check("b", Failed)];
    let early = || vec![check("a", Pending), check("b", Failed)];
    let waiting = Waiting { done: 1, of: 2 };
    holds(vec![
        case("ours", red(), Red(names(&["b"]))),
        Case { base: vec![check("b", Passed)], ..case("green on the base", red(), Red(names(&["b"]))) },
        Case { base: vec![check("b", Doubtful)], ..case("unclear on the base", red(), Red(names(&["b"]))) },
        Case { base: vec![check("b", Failed)], ..case("inherited", red(), Inherited(names(&["b"]))) },
        Case {
            base: vec![check("b", Failed)],
            ..case("inherited and ours", vec![check("b", Failed), check("c", Failed)], Red(names(&["c"])))
        },
        case("others still run", early(), waiting.clone()),
        Case { now: 699, ..case("9:59 after the first red", early(), waiting.clone()) },
        Case { now: 700, ..case("10 min after the first red", early(), Red(names(&["b"]))) },
        Case {
            base: vec![check("b", Pending)],
            ..case("the base isn't done", red(), Waiting { done: 2, of: 2 })
        },
        Case {
            base: vec![check("b", Pending)],
            now: 700,
            ..case("the base is slow", red(), Red(names(&["b"])))
        },
        Case {
            base: vec![check("b", Failed)],
            changed_at: 150,
            ..case("inherited settles too", red(), Waiting { done: 2, of: 2 })
        },
    ]);
}

#[test]
fn what_came_to_no_result_runs_once_more() {
    // REQ-DELIVER-09
    let doubtful = || vec![check("a", Passed), check("b", Doubtful)];
    holds(vec![
        case("doubtful", doubtful(), CiVerdict::Doubtful(names(&["b"]))),
        Case { rerun: true, ..case("again without a result", doubtful(), Red(names(&["b"]))) },
        case("doubtful and red", vec![check("a", Failed), check("b", Doubtful)], Red(names(&["a"]))),
        case("others run", vec![check("a", Pending), check("b", Doubtful)], Waiting { done: 1, of: 2 }),
    ]);
}

#[test]
fn a_weaker_judge_is_not_green() {
    // REQ-DELIVER-10
    let gone = || Weakness::CheckGone { name: "e2e".to_owned() };
    let changed = || Weakness::JudgeChanged { path: "jest.config.js".to_owned() };
    let one = || vec![check("unit", Passed)];
    holds(vec![
        Case {
            earlier: names(&["unit", "e2e"]),
            ..case("may still come", one(), Waiting { done: 1, of: 1 })
        },
        Case {
            earlier: names(&["unit", "e2e"]),
            now: 300,
            ..case("a check is gone", one(), Weaker(vec![gone()]))
        },
        Case {
            weaknesses: vec![changed()],
            ..case("its configuration changed", one(), Weaker(vec![changed()]))
        },
        Case {
            earlier: names(&["unit", "hubble / delivery"]),
            now: 300,
            ..case("all there", one(), Green { checks: 1 })
        },
        Case {
            weaknesses: vec![changed()],
            ..case("red stays red", vec![check("unit", Failed)], Red(names(&["unit"])))
        },
    ]);
}

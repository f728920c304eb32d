//! An agent that wants past the gate and out of its guard, with its own shell, tools and sub-agents, in the pod's layout.

use e2e::hostile::{HostileStage, Report, attacks};
use e2e::opencode_stage::guard_is_here;

#[tokio::test]
async fn real_no_attack_of_a_hostile_agent_gets_through() {
    // REQ-GATE-09, REQ-GATE-02, REQ-GATE-04, REQ-GATE-05, REQ-GATE-07; SECURITY C3, C4, H1, H4, H8, H10, H11
    if !guard_is_here() {
        return;
    }
    let stage = HostileStage::set().await.unwrap();
    let mut report = Report::default();
    report.add(stage.commands(attacks("commands.yaml").unwrap()).await.unwrap());
    report.add(stage.calls(attacks("calls.yaml").unwrap()).await.unwrap());
    report.add(stage.replies(attacks("replies.yaml").unwrap()).await.unwrap());
    report.add(stage.repository(attacks("repository.yaml").unwrap()).await.unwrap());
    println!("{}", report.write().unwrap());
    let faults = report.faults();
    assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), stage.pod.log());
    assert_eq!(stage.harm().unwrap(), Vec::<String>::new());
}

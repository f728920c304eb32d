//! REQ-DELIVER-18: the doctor names what is missing, and how to mend it.

use crate::stage::{Stage, app, settings, stage};
use gateway_forge::{AppKey, Forge, RepoName, SignIn};
use jiff::SignedDuration;

async fn bad(stage: &Stage, forge: &Forge) -> Vec<String> {
    let found = forge.doctor(&stage.repo, stage.now()).await;
    found.into_iter().filter(|one| !one.is_good).map(|one| one.says).collect()
}

#[tokio::test]
async fn all_is_well_and_nothing_is_changed() {
    let stage = stage().await;
    let found = stage.forge.doctor(&stage.repo, stage.now()).await;
    assert!(found.iter().all(|one| one.is_good), "{found:?}");
    let says: Vec<&str> = found.iter().map(|one| one.says.as_str()).collect();
    assert_eq!(
        says,
        [
            "The forge answers, and the clocks agree.",
            "The forge knows the app hubble.",
            "hubble is installed for acme/shop.",
            "hubble has the rights that deliveries need.",
            "A token for acme/shop works.",
        ]
    );
    let others: Vec<_> = stage.sim.seen().into_iter().filter(|one| !one.fits("GET *")).collect();
    assert!(others.iter().all(|one| one.fits("POST /app/*/access_tokens")), "{others:?}");
}

#[tokio::test]
async fn a_missing_right_and_a_missing_installation_are_named() {
    let stage = stage().await;
    stage.sim.set_right(stage.installation, "checks", Some(forge_sim::Level::Read));
    stage.sim.set_right(stage.installation, "pull_requests", None);
    let found = bad(&stage, &stage.forge).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("hubble lacks the right Checks: write. Add it in the app's settings"),
        "{found:?}"
    );
    assert!(found[1].contains("Pull requests: write"), "{found:?}");
    stage.sim.suspend(stage.installation);
    assert!(bad(&stage, &stage.forge).await[0].contains("is suspended"));
    stage.sim.uninstall(stage.installation);
    let found = bad(&stage, &stage.forge).await;
    assert!(
        found[0].contains("isn't installed for acme/shop") && found[0].contains("/installations/new"),
        "{found:?}"
    );
    let absent = RepoName::parse("acme/absent").unwrap();
    assert!(!stage.forge.doctor(&absent, stage.now()).await.last().unwrap().is_good);
}

#[tokio::test]
async fn a_wrong_app_and_a_wrong_clock_are_told() {
    let stage = stage().await;
    let key = AppKey::from_pem(4711, &stage.sim.app_pem().into()).unwrap();
    let other = Forge::new(settings(&stage.sim), SignIn::App(key)).unwrap();
    let found = bad(&stage, &other).await;
    assert!(found[0].contains("Check the app's id and its private key"), "{found:?}");
    let late = stage.now().checked_sub(SignedDuration::from_mins(5)).unwrap();
    let found = stage.forge.doctor(&stage.repo, late).await;
    assert!(!found[0].is_good && found[0].says.contains("seconds behind the forge's"), "{found:?}");
}

#[tokio::test]
async fn a_personal_token_is_looked_at_too() {
    let stage = stage().await;
    for (who, part) in [("ann", None), ("rita", Some("can only read")), ("stranger", Some("can't see"))] {
        let token = stage.sim.person_token(who);
        let forge = Forge::new(settings(&stage.sim), SignIn::Personal(token.into())).unwrap();
        let found = bad(&stage, &forge).await;
        assert_eq!(found.is_empty(), part.is_none(), "{who}: {found:?}");
        assert!(part.is_none_or(|part| found[0].contains(part)), "{who}: {found:?}");
    }
    let wrong = Forge::new(settings(&stage.sim), SignIn::Personal("nonsense".into())).unwrap();
    assert!(bad(&stage, &wrong).await[0].contains("wrong or has expired"));
    assert!(format!("{:?}", app(&stage.sim)).starts_with("App("));
}

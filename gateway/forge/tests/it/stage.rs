//! A shop with the app in it, a branch of ours, and our client.

use forge_sim::{ForgeRepo, ForgeSim, Level};
use gateway_delivery::{Attempt, ForgeSeen, Order, Outcome, Preset};
use gateway_forge::{ApiAddress, AppKey, Carried, Forge, ForgeSettings, LookError, RepoName, SignIn};
use jiff::Timestamp;
use std::time::Duration;

pub(crate) const BRANCH: &str = "hubble/HB-20261201-k3f9-count-right";

pub(crate) struct Stage {
    pub(crate) sim: ForgeSim,
    pub(crate) shop: ForgeRepo,
    pub(crate) installation: u64,
    pub(crate) forge: Forge,
    pub(crate) repo: RepoName,
    /// The commit that we pushed.
    pub(crate) head: String,
}

pub(crate) fn settings(sim: &ForgeSim) -> ForgeSettings {
    let address = ApiAddress::new(&sim.api_url()).unwrap();
    let base = ForgeSettings::new(address, Preset::default());
    ForgeSettings { patience: Duration::from_secs(5), write_pause: Duration::ZERO, ..base }
}

pub(crate) fn app(sim: &ForgeSim) -> SignIn {
    SignIn::App(AppKey::from_pem(sim.app_id(), &sim.app_pem().into()).unwrap())
}

pub(crate) async fn stage() -> Stage {
    stage_with(|settings| settings).await
}

pub(crate) async fn stage_with(change: impl FnOnce(ForgeSettings) -> ForgeSettings) -> Stage {
    let sim = ForgeSim::start().await.unwrap();
    let files = [("src/cart.js", "let total = 1\n"), ("CODEOWNERS", "*.js @ann @acme/identity\n")];
    let shop = sim.repository("acme", "shop", &files).unwrap();
    let installation = sim.install("acme");
    shop.collaborator("ann", Level::Write);
    shop.collaborator("rita", Level::Read);
    let head = shop
        .push("hubble[bot]", BRANCH, &[("src/cart.js", Some("let total = 2\n"))], "Count right\n")
        .unwrap();
    let forge = Forge::new(change(settings(&sim)), app(&sim)).unwrap();
    let repo = RepoName::parse("acme/shop").unwrap();
    Stage { sim, shop, installation, forge, repo, head }
}

/// With our draft, number 1.
pub(crate) async fn opened() -> Stage {
    let stage = stage().await;
    assert_eq!(stage.first(&open_order()).await, stage.opened_outcome());
    stage
}

pub(crate) fn section(text: &str) -> String {
    format!("<!-- hubble HB-20261201-k3f9 start sha256:00 -->\n{text}\n<!-- hubble HB-20261201-k3f9 end -->")
}

pub(crate) fn open_order() -> Order {
    Order::OpenPull {
        branch: BRANCH.to_owned(),
        base: "main".to_owned(),
        title: "Count right".to_owned(),
        section: section("Measured."),
    }
}

impl Stage {
    pub(crate) fn now(&self) -> Timestamp {
        self.sim.now()
    }

    pub(crate) async fn carry(&self, order: &Order, attempt: Attempt) -> Outcome {
        self.forge.carry_out(&self.repo, order, attempt, self.now()).await
    }

    pub(crate) async fn first(&self, order: &Order) -> Outcome {
        self.carry(order, Attempt::First).await
    }

    pub(crate) async fn noted(&self, order: &Order) -> Carried {
        self.forge.carry_out_noted(&self.repo, order, Attempt::First, self.now()).await
    }

    pub(crate) fn opened_outcome(&self) -> Outcome {
        Outcome::Opened { number: 1, url: format!("{}/acme/shop/pull/1", self.sim.url()) }
    }

    pub(crate) async fn try_look(&self) -> Result<ForgeSeen, LookError> {
        self.forge.look(&self.repo, 1, std::slice::from_ref(&self.head), self.now()).await
    }

    pub(crate) async fn look(&self) -> ForgeSeen {
        self.try_look().await.unwrap()
    }

    pub(crate) fn pull(&self) -> forge_sim::PullSeen {
        self.shop.pull(1).unwrap()
    }
}

//! The rules in Rego that judge what would leave (`gateway-rulepacks`): the built-in ones, and a project's own beside them.

use super::delivery_config::{DeliveryConfig, ProjectDelivery};
use super::ports::Judge;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use gateway_delivery::{Facts, Outcome};
use gateway_rulepacks::{Judge as PackJudge, Limits, Pack};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Judged at the same time, for each project.
const AT_ONCE: usize = 2;

/// Then there is no answer, and nothing leaves.
const LONGEST: Duration = Duration::from_secs(10);

pub struct Rules {
    standard: Result<PackJudge, String>,
    projects: HashMap<String, Result<PackJudge, String>>,
}

impl Rules {
    /// A pack that can't be read judges nothing, so nothing of its project leaves: its fault is told each time, and here.
    pub fn new(config: &DeliveryConfig) -> Self {
        let of = |name: &str, project: &ProjectDelivery| {
            let judge = judge(project.rules.as_deref());
            if let Err(why) = &judge {
                tracing::error!(project = name, why, "the rules of deliveries can't be read");
            }
            judge
        };
        let projects = config.projects.iter().map(|(name, own)| (name.clone(), of(name, own))).collect();
        Self { standard: of("", &config.standard), projects }
    }
}

fn judge(folder: Option<&Path>) -> Result<PackJudge, String> {
    let limits = Limits::default();
    let pack = match folder {
        None => Pack::built_in(limits),
        Some(folder) => Pack::with(folder, limits),
    };
    let pack = pack.map_err(|fault| fault.to_string())?;
    Ok(PackJudge::new(Arc::new(pack), AT_ONCE, LONGEST))
}

impl Judge for Rules {
    fn judge<'a>(&'a self, project: Option<&'a str>, facts: Facts) -> BoxFuture<'a, Outcome> {
        let own = project.and_then(|project| self.projects.get(project)).unwrap_or(&self.standard);
        async move {
            let judge = match own {
                Ok(judge) => judge,
                Err(why) => return Outcome::Unjudged { why: why.clone() },
            };
            match judge.judge(facts).await {
                Ok(decision) => Outcome::Judged(Box::new(decision)),
                Err(unjudged) => Outcome::Unjudged { why: unjudged.to_string() },
            }
        }
        .boxed()
    }
}

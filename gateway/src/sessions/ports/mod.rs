//! How the edges of the gateway talk to sessions, and what sessions want of the edges: a file for each party.
//!
//! An edge (the bridge today) hands in through [`PodFeed`]; sessions read through [`MessageSource`], which an
//! edge implements and `app/` plugs in. So no edge knows another, and sessions know none of them.

mod account_ports;
mod check_ports;
mod delivery_ports;
mod lab_ports;
mod model_ports;
mod pod_ports;
mod project_ports;
mod record_ports;
mod surface_ports;
mod workspace_ports;

pub use account_ports::{Accounts, TokenHolder, Unreviewed};
pub use check_ports::{CheckFault, CheckHands, NoChecks, PodChecks, StartCheck};
pub use delivery_ports::{
    Deliveries, DeliveryBudget, DeliveryDetails, DeliveryLine, DeliveryNews, DeliveryRound, DeliveryView,
    DeliveryWish, SessionCards, Steered,
};
pub use lab_ports::{LabNews, LabView, Labs};
pub use model_ports::{ModelHealth, ModelStanding, ModelState, ModelView};
pub use pod_ports::{
    Agents, Delivery, ForeignWord, Inbound, MessagePage, MessageSource, MessagesUnavailable, NewSession,
    PodFeed, PodRefusal, PodRefused, PodStatus, Pods, Receipt,
};
pub use project_ports::{Project, ProjectBook, ProjectFault, Repository};
pub use record_ports::{
    Archive, AuditPage, DeliveryShelf, FileShelf, GrantShelf, Keeper, KeptHealth, NamedTexts, NotKept,
};
pub use surface_ports::{ActionLog, PendingAction, PostBook, PostState};
pub use workspace_ports::{
    CopyLimits, OnProgress, RepositorySource, WorkspaceCopy, WorkspaceFault, WorkspaceMade, WorkspaceSpec,
    WorkspaceView, Workspaces,
};

//! Flink's statements: an own parser over sqlparser's, which parses the queries and expressions within them.
//!
//! | part | file |
//! |---|---|
//! | what is to be done | here |
//! | text to statements | `script.rs`, `text.rs` |
//! | `CREATE`, `DROP`, and what is declared | `create.rs`, `elements.rs` |
//! | `ALTER` | `alter.rs` |
//! | partitions, `TRUNCATE`, `ANALYZE` | `partitions.rs` |
//! | `SHOW`, `DESCRIBE`, `USE` | `show.rs` |
//! | what there is none of, and what to do instead | `refused.rs` |

mod alter;
mod create;
mod elements;
mod partitions;
mod refused;
mod script;
mod show;
mod text;

use datafusion_sql::sqlparser::ast::{Expr, Ident, ObjectName, Query};
use datafusion_sql::sqlparser::tokenizer::Location;

use crate::about::{About, Saying};
use crate::catalog::Kind;
use crate::declaration::{Declaration, Like};
use crate::macros::Macro;

pub(crate) use alter::{Alteration, Element, Place as ColumnPlace};
pub(crate) use partitions::Partition;
pub(crate) use script::parse;
pub(crate) use show::{Pattern, Shown, Subject};
pub(crate) use text::offset;

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    CreateTable(Box<CreateTable>),
    CreateView(Box<CreateView>),
    CreateFunction(Box<CreateFunction>),
    CreateDatabase {
        name: ObjectName,
        if_not_exists: bool,
        about: About,
    },
    CreateCatalog {
        name: Ident,
        if_not_exists: bool,
        about: About,
    },
    Drop {
        what: Kind,
        lifetime: Lifetime,
        name: ObjectName,
        if_exists: bool,
    },
    DropDatabase {
        name: ObjectName,
        if_exists: bool,
        /// With all that is in it.
        cascade: bool,
    },
    DropCatalog {
        name: Ident,
        if_exists: bool,
    },
    AlterTable {
        name: ObjectName,
        if_exists: bool,
        alteration: Alteration,
    },
    AlterDatabase {
        name: ObjectName,
        saying: Saying,
    },
    AlterCatalog {
        name: Ident,
        saying: Saying,
    },
    /// Another expression under the name of a function.
    AlterFunction {
        function: Box<CreateFunction>,
        if_exists: bool,
    },
    RenameView {
        name: ObjectName,
        to: ObjectName,
    },
    /// Another query under the name of a view.
    AlterView {
        name: ObjectName,
        written: String,
    },
    /// In which database names are looked for.
    Use(ObjectName),
    UseCatalog(Ident),
    Insert(Insert),
    /// Several inserts as one job.
    InsertSet(Vec<Insert>),
    /// Takes all rows out of a table.
    Truncate(ObjectName),
    /// Looks at a table, of which nothing has to be known before: its name, and names of its columns.
    Analyze(ObjectName, Vec<Ident>),
    Query(Box<Query>),
    Explain {
        explained: Box<Statement>,
        details: Details,
    },
    Describe {
        name: ObjectName,
        /// All that is known of each column.
        is_extended: bool,
    },
    Show(Shown),
    /// All settings, or one and its value.
    Set(Option<(String, String)>),
    /// All settings, or one.
    Reset(Option<String>),
}

/// What is asked of a plan beside itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Details {
    /// How much comes out of each part of it, about.
    pub(crate) has_cost: bool,
    /// As what the job is shown.
    pub(crate) drawn: Drawn,
    /// Which kinds of rows each operator sends.
    pub(crate) has_kinds: bool,
}

/// As what a job is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Drawn {
    /// For people, behind the plan.
    #[default]
    Text,
    /// For other programs.
    Json,
    /// A picture, for `dot`.
    Graphviz,
    /// A picture, for Markdown.
    Mermaid,
}

/// How long a name means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// As long as its catalog has it.
    Permanent,
    /// As long as the session, in place of what the catalog has under the name.
    Temporary,
    /// As long as the session, in every database: functions only.
    System,
}

/// `CREATE TABLE`.
#[derive(Clone, Debug)]
pub(crate) struct CreateTable {
    pub(crate) name: ObjectName,
    pub(crate) lifetime: Lifetime,
    pub(crate) or_replace: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) declaration: Declaration,
    pub(crate) like: Option<Like>,
    pub(crate) query: Option<Box<Query>>,
}

/// `CREATE VIEW`.
#[derive(Clone, Debug)]
pub(crate) struct CreateView {
    pub(crate) name: ObjectName,
    pub(crate) lifetime: Lifetime,
    pub(crate) or_replace: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) columns: Vec<Ident>,
    pub(crate) comment: Option<String>,
    pub(crate) query: Box<Query>,
    /// The query as it was written.
    pub(crate) written: String,
}

/// `CREATE FUNCTION`.
#[derive(Clone, Debug)]
pub(crate) struct CreateFunction {
    pub(crate) name: ObjectName,
    pub(crate) lifetime: Lifetime,
    pub(crate) or_replace: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) function: Macro,
    /// What was written behind its name.
    pub(crate) written: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Insert {
    pub(crate) table: ObjectName,
    pub(crate) overwrite: bool,
    pub(crate) columns: Vec<Ident>,
    /// Columns that have the same value in all rows.
    pub(crate) partition: Vec<(Ident, Expr)>,
    pub(crate) query: Box<Query>,
}

/// A statement, and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) statement: Statement,
    pub(crate) begins: Location,
}

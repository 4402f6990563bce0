//! Parameters of a statement: `$day`, `$1`. A value is text that becomes what the statement compares it with, so that
//! nothing that somebody fills in is read as SQL.

use std::collections::BTreeMap;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan};

use crate::error::{Error, Kind};
use crate::outcome::Column;

/// What a parameter is that stands beside nothing which has a type.
const TEXT: DataType = DataType::Utf8View;

/// The name of a parameter: `$day` stands for `day`.
fn name(id: &str) -> String {
    id.strip_prefix('$').unwrap_or(id).to_owned()
}

/// The parameters of a statement.
pub(super) struct Parameters(BTreeMap<String, DataType>);

impl Parameters {
    pub(super) fn of(plan: &LogicalPlan) -> Result<Self, DataFusionError> {
        let types = plan.get_parameter_types()?.into_iter();
        let named = types.map(|(id, of)| {
            let of = of.filter(|of| !of.is_null()).unwrap_or(TEXT);
            (name(&id), of)
        });
        let mut parameters = Self(named.collect());
        // The engine tells no type of what stands alone behind LIMIT and OFFSET.
        plan.apply_with_subqueries(|plan| {
            if let LogicalPlan::Limit(limit) = plan {
                for count in [&limit.skip, &limit.fetch].into_iter().flatten() {
                    if let Expr::Placeholder(placeholder) = count.as_ref() {
                        parameters.0.insert(name(&placeholder.id), DataType::Int64);
                    }
                }
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(parameters)
    }

    /// Their names and types.
    pub(super) fn told(&self) -> Vec<Column> {
        let columns = self.0.iter().map(|(name, of)| Column {
            name: name.clone(),
            r#type: of.to_string(),
        });
        columns.collect()
    }

    /// These values, each as what it becomes.
    pub(super) fn values(&self, given: &BTreeMap<String, String>) -> Result<ParamValues, Error> {
        let wrong = |words: String| Error::new(Kind::Statement, words);
        if let Some(name) = given.keys().find(|name| !self.0.contains_key(*name)) {
            return Err(wrong(format!(
                "a value is given for `${name}`, which is no parameter of the statement"
            )));
        }
        let mut values = Vec::new();
        for (name, of) in &self.0 {
            let text = given.get(name).ok_or_else(|| {
                wrong(format!(
                    "the statement has the parameter `${name}`: give its value"
                ))
            })?;
            let value = ScalarValue::Utf8View(Some(text.clone()))
                .cast_to(of)
                .map_err(|_| {
                    wrong(format!(
                        "`{text}` is no value for the parameter `${name}`, which is {of}"
                    ))
                })?;
            values.push((name.clone(), value));
        }
        Ok(ParamValues::from(values))
    }

    /// Nulls of their types: for a statement that is looked at, and not asked.
    pub(super) fn nulls(&self) -> Result<ParamValues, DataFusionError> {
        let null = |(name, of): (&String, &DataType)| Ok((name.clone(), ScalarValue::try_from(of)?));
        let values: Result<Vec<_>, DataFusionError> = self.0.iter().map(null).collect();
        Ok(ParamValues::from(values?))
    }
}

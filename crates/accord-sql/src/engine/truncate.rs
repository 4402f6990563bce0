//! `date_trunc` of instants in UTC. The engine's own looks up a zone's rules for each value as soon as a column names a zone,
//! UTC too, which has none; all times of the logs do. Here such a column is truncated as one without a zone, which is the
//! same by definition, and gets its zone back. Everything else is the engine's own.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, make_array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::Result;
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

/// The function that it stands for.
const NAME: &str = "date_trunc";
/// How UTC is written in the type of a column.
const UTC: [&str; 2] = ["UTC", "+00:00"];

/// The engine's functions, with this one in the place of its own.
pub(super) fn put_in(functions: Vec<Arc<ScalarUDF>>) -> Vec<Arc<ScalarUDF>> {
    let functions = functions.into_iter().map(|function| {
        if function.name() == NAME {
            Arc::new(ScalarUDF::new_from_impl(Truncate { own: function }))
        } else {
            function
        }
    });
    functions.collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Truncate {
    own: Arc<ScalarUDF>,
}

/// The unit of instants in UTC; nothing for another type.
fn of_utc(of: &DataType) -> Option<TimeUnit> {
    match of {
        DataType::Timestamp(unit, Some(zone)) if UTC.contains(&zone.as_ref()) => Some(*unit),
        _ => None,
    }
}

/// The same numbers under another type. A cast to a type with a zone would look up that zone's rules for each of them.
fn named(column: &ArrayRef, of: &DataType) -> Result<ArrayRef> {
    let data = column.to_data().into_builder().data_type(of.clone()).build()?;
    Ok(make_array(data))
}

impl ScalarUDFImpl for Truncate {
    fn name(&self) -> &str {
        self.own.name()
    }

    fn aliases(&self) -> &[String] {
        self.own.aliases()
    }

    fn signature(&self) -> &Signature {
        self.own.signature()
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.own.return_type(arg_types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.own.return_field_from_args(args)
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let column = match args.args.get(1) {
            Some(ColumnarValue::Array(column)) => column.clone(),
            _ => return self.own.invoke_with_args(args),
        };
        let (zoned, Some(unit)) = (column.data_type().clone(), of_utc(column.data_type())) else {
            return self.own.invoke_with_args(args);
        };
        let plain = DataType::Timestamp(unit, None);
        let field = |field: &FieldRef| -> FieldRef {
            Arc::new(Field::new(field.name(), plain.clone(), field.is_nullable()))
        };
        if let Some(argument) = args.args.get_mut(1) {
            *argument = ColumnarValue::Array(named(&column, &plain)?);
        }
        if let Some(argument) = args.arg_fields.get_mut(1) {
            *argument = field(argument);
        }
        args.return_field = field(&args.return_field);
        let rows = args.number_rows;
        let truncated: ArrayRef = self.own.invoke_with_args(args)?.into_array(rows)?;
        Ok(ColumnarValue::Array(named(&truncated, &zoned)?))
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        self.own.output_ordering(inputs)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.own.documentation()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::TimestampMillisecondArray;
    use datafusion::common::ScalarValue;
    use datafusion::common::config::ConfigOptions;
    use datafusion::execution::SessionStateDefaults;

    use super::*;

    fn truncated(function: &ScalarUDF, unit: &str, zone: &str, values: &[Option<i64>]) -> ArrayRef {
        let column = TimestampMillisecondArray::from(values.to_vec()).with_timezone(zone);
        let of: FieldRef = Arc::new(Field::new("time", column.data_type().clone(), true));
        let text: FieldRef = Arc::new(Field::new("unit", DataType::Utf8, false));
        let args = ScalarFunctionArgs {
            args: vec![
                ColumnarValue::Scalar(ScalarValue::Utf8(Some(unit.to_owned()))),
                ColumnarValue::Array(Arc::new(column)),
            ],
            arg_fields: vec![text, of.clone()],
            number_rows: values.len(),
            return_field: of,
            config_options: Arc::new(ConfigOptions::new()),
        };
        function
            .invoke_with_args(args)
            .and_then(|value| value.into_array(values.len()))
            .unwrap()
    }

    #[test]
    fn it_says_what_the_engines_own_says() {
        let find =
            |functions: Vec<Arc<ScalarUDF>>| functions.into_iter().find(|one| one.name() == NAME).unwrap();
        let own = find(SessionStateDefaults::default_scalar_functions());
        let ours = find(put_in(SessionStateDefaults::default_scalar_functions()));
        assert!(ours.aliases().contains(&"datetrunc".to_owned()));
        let values = [
            Some(1_711_152_000_250),
            None,
            Some(0),
            Some(-1),
            Some(-62_135_596_800_001),
            Some(253_402_300_799_999),
            // The last day of February in a leap year, a second before it ends.
            Some(1_709_251_199_000),
        ];
        for unit in [
            "millisecond",
            "second",
            "minute",
            "hour",
            "day",
            "week",
            "month",
            "quarter",
            "year",
            "HOUR",
        ] {
            for zone in ["UTC", "+00:00", "Europe/Berlin", "-03:30"] {
                // What nanoseconds cannot say, the engine's own says nothing of in a zone.
                let within: Vec<Option<i64>> = values
                    .into_iter()
                    .filter(|value| value.is_none_or(|value: i64| value.abs() < 9_000_000_000_000))
                    .collect();
                let (one, other) = (
                    truncated(&own, unit, zone, &within),
                    truncated(&ours, unit, zone, &within),
                );
                assert_eq!(one.as_ref(), other.as_ref(), "{unit} {zone}");
            }
        }
        let day = truncated(&ours, "day", "UTC", &[Some(253_402_300_799_999)]);
        let expected = TimestampMillisecondArray::from(vec![253_402_214_400_000]).with_timezone("UTC");
        assert_eq!(day.as_ref(), &expected as &dyn Array);
    }
}

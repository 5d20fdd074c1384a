namespace Fairway.Pipelines.Expressions;

/// <summary>What a value is.</summary>
public enum ExpressionKind
{
    /// <summary>Nothing.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>An IEEE 754 double.</summary>
    Number,

    /// <summary>A text.</summary>
    String,

    /// <summary>A list.</summary>
    Array,

    /// <summary>Names with values.</summary>
    Object,
}

/// <summary>A value of an expression: what JSON can hold, and NaN and infinity.</summary>
public abstract class ExpressionValue
{
    private protected ExpressionValue()
    {
    }

    /// <summary>Nothing.</summary>
    public static ExpressionValue Null { get; } = new NullValue();

    /// <summary>True.</summary>
    public static ExpressionValue True { get; } = new BooleanValue(true);

    /// <summary>False.</summary>
    public static ExpressionValue False { get; } = new BooleanValue(false);

    /// <summary>What it is.</summary>
    public abstract ExpressionKind Kind { get; }

    /// <summary>Whether it is neither a list nor an object.</summary>
    public bool IsPrimitive => Kind < ExpressionKind.Array;

    /// <summary>Whether a condition holds with it: all but <c>null</c>, <c>false</c>, 0, NaN and the empty text.</summary>
    public abstract bool IsTruthy { get; }

    /// <summary>As a number: null and the empty text are 0, true is 1, a text what it spells, anything else NaN.</summary>
    public abstract double ToNumber();

    /// <summary>As a text: null is empty; a list or an object is only its kind's name, <c>Array</c> or <c>Object</c>.</summary>
    public abstract string ToText();

    /// <summary>True or false.</summary>
    public static ExpressionValue Of(bool value) => value ? True : False;

    /// <summary>A number.</summary>
    public static ExpressionValue Of(double value) => new NumberValue(value);

    /// <summary>A text; null is <see cref="Null"/>.</summary>
    public static ExpressionValue Of(string? value) => value is null ? Null : new StringValue(value);

    /// <summary>A list.</summary>
    public static ExpressionValue Of(ImmutableArray<ExpressionValue> items) => new ArrayValue(items);

    /// <summary>An object whose names are found whatever their case.</summary>
    public static ExpressionValue Of(params IEnumerable<KeyValuePair<string, ExpressionValue>> members) => new ObjectValue(members);

    /// <summary>An object of texts whose names are found whatever their case, such as a step's outputs.</summary>
    public static ExpressionValue OfTexts(IEnumerable<KeyValuePair<string, string>> members)
        => new ObjectValue(members.Select(member => KeyValuePair.Create(member.Key, Of(member.Value))));

    /// <summary>The <c>env</c> context: an object of texts whose names are found only as they are written, as Linux has them.</summary>
    public static ExpressionValue OfVariables(IEnumerable<KeyValuePair<string, string>> variables)
        => new ObjectValue(variables.Select(member => KeyValuePair.Create(member.Key, Of(member.Value))), exact: true);

    /// <summary>The member of that name of an object; <see cref="Null"/> of anything else and when there is none.</summary>
    public ExpressionValue this[string name] => this is ObjectValue members && members.Find(name) is { } value ? value : Null;

    /// <summary>As <c>toJSON</c> writes it, for messages and tests.</summary>
    public override string ToString() => ExpressionJson.Write(this, new ExpressionBudget(ExpressionLimits.Default));
}

/// <summary>Nothing.</summary>
public sealed class NullValue : ExpressionValue
{
    internal NullValue()
    {
    }

    /// <inheritdoc/>
    public override ExpressionKind Kind => ExpressionKind.Null;

    /// <inheritdoc/>
    public override bool IsTruthy => false;

    /// <inheritdoc/>
    public override double ToNumber() => 0;

    /// <inheritdoc/>
    public override string ToText() => "";
}

/// <summary>True or false.</summary>
public sealed class BooleanValue : ExpressionValue
{
    internal BooleanValue(bool value) => Value = value;

    /// <summary>Which of the two.</summary>
    public bool Value { get; }

    /// <inheritdoc/>
    public override ExpressionKind Kind => ExpressionKind.Boolean;

    /// <inheritdoc/>
    public override bool IsTruthy => Value;

    /// <inheritdoc/>
    public override double ToNumber() => Value ? 1 : 0;

    /// <inheritdoc/>
    public override string ToText() => Value ? "true" : "false";
}

/// <summary>A number.</summary>
public sealed class NumberValue : ExpressionValue
{
    internal NumberValue(double value) => Value = value;

    /// <summary>The number.</summary>
    public double Value { get; }

    /// <inheritdoc/>
    public override ExpressionKind Kind => ExpressionKind.Number;

    /// <inheritdoc/>
    public override bool IsTruthy => Value != 0 && !double.IsNaN(Value);

    /// <inheritdoc/>
    public override double ToNumber() => Value;

    /// <inheritdoc/>
    public override string ToText() => ExpressionNumbers.Format(Value);
}

/// <summary>A text.</summary>
public sealed class StringValue : ExpressionValue
{
    internal StringValue(string value) => Value = value;

    /// <summary>The text.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public override ExpressionKind Kind => ExpressionKind.String;

    /// <inheritdoc/>
    public override bool IsTruthy => Value.Length > 0;

    /// <inheritdoc/>
    public override double ToNumber() => ExpressionNumbers.Parse(Value);

    /// <inheritdoc/>
    public override string ToText() => Value;
}

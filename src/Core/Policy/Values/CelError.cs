namespace Fairway.Policy;

/// <summary>What kind of error an evaluation ended with.</summary>
public enum CelErrorKind
{
    /// <summary>No overload of the function takes values of these types.</summary>
    NoMatchingOverload,

    /// <summary>A record has no such field, or it is not set and has no default.</summary>
    NoSuchField,

    /// <summary>A map has no such key.</summary>
    NoSuchKey,

    /// <summary>A list has no such index.</summary>
    IndexOutOfRange,

    /// <summary>A variable without a value.</summary>
    Unbound,

    /// <summary>Division or remainder by zero.</summary>
    DivideByZero,

    /// <summary>A result outside its type's range.</summary>
    Overflow,

    /// <summary>An argument that the function cannot use: malformed text, a negative length, a key twice.</summary>
    InvalidArgument,

    /// <summary>The evaluation cost more than it may.</summary>
    CostLimit,

    /// <summary>A value would be larger or nest deeper than it may.</summary>
    SizeLimit,
}

/// <summary>An error. It flows through an evaluation as a value does, and <c>&amp;&amp;</c> and <c>||</c> may absorb it; it is never part of another value.</summary>
public sealed class CelError : CelValue
{
    private CelError(CelErrorKind kind, string message, CelPosition? at) => (ErrorKind, Message, At) = (kind, message, at);

    /// <summary>What kind of error.</summary>
    public CelErrorKind ErrorKind { get; }

    /// <summary>What is wrong, for a person, without a full stop.</summary>
    public string Message { get; }

    /// <summary>Where in the expression; null when that is not known.</summary>
    public CelPosition? At { get; }

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Error;

    /// <inheritdoc/>
    public override CelType Type => CelType.Error;

    /// <summary>An error without a place.</summary>
    public static CelError Of(CelErrorKind kind, string message) => new(kind, message, null);

    /// <summary>The same error with its place, unless it has one.</summary>
    public CelError Placed(CelPosition at) => At is null ? new(ErrorKind, Message, at) : this;

    /// <inheritdoc/>
    public override string ToString() => At is { } at ? $"{at}: {Message}" : Message;
}

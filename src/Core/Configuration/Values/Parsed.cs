namespace Fairway.Configuration;

/// <summary>A value read from text, or why it could not be read.</summary>
/// <typeparam name="T">What was to be read.</typeparam>
public readonly record struct Parsed<T>
{
    private readonly T? _value;

    internal Parsed(T value) => (_value, IsValid) = (value, true);

    internal Parsed(DiagnosticCode code, string? problem, string? suggestion) => (Code, Problem, Suggestion) = (code, problem, suggestion);

    /// <summary>Whether there is a value.</summary>
    public bool IsValid { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public T Value => IsValid ? _value! : throw new InvalidOperationException(Problem ?? "the text could not be read");

    /// <summary>Which kind of mistake it is.</summary>
    public DiagnosticCode Code { get; } = DiagnosticCodes.BadValue;

    /// <summary>What is wrong, as it follows the field's name: <c>is below 1s</c>; null is only that it is not of this form.</summary>
    public string? Problem { get; }

    /// <summary>What may have been meant.</summary>
    public string? Suggestion { get; }
}

/// <summary>Makes <see cref="Parsed{T}"/>.</summary>
public static class Parsed
{
    /// <summary>A value.</summary>
    public static Parsed<T> Value<T>(T value) => new(value);

    /// <summary>Not of the form that was expected.</summary>
    public static Parsed<T> Malformed<T>(string? suggestion = null, string? problem = null)
        => new(DiagnosticCodes.BadValue, problem, suggestion);

    /// <summary>Of the right form, but not a permitted value.</summary>
    public static Parsed<T> OutOfRange<T>(string problem, string? suggestion = null)
        => new(DiagnosticCodes.OutOfRange, problem, suggestion);

    /// <summary>Another kind of mistake.</summary>
    public static Parsed<T> Wrong<T>(DiagnosticCode code, string? problem, string? suggestion = null) => new(code, problem, suggestion);
}

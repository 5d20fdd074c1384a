using System.Diagnostics.CodeAnalysis;

namespace Fairway.Access;

/// <summary>A role and where it holds. Written <c>deployer@staging</c>, or <c>viewer</c> for everywhere.</summary>
/// <param name="Role">What.</param>
/// <param name="Environment">Where; null is every environment, and what belongs to none.</param>
public sealed record RoleBinding(Role Role, string? Environment)
{
    /// <summary>Everything everywhere.</summary>
    public static RoleBinding Everything { get; } = new(Role.Admin, null);

    /// <summary>Whether it allows that there.</summary>
    /// <param name="permission">What.</param>
    /// <param name="environment">Where; null asks for every environment.</param>
    public bool Allows(Permission permission, string? environment)
        => (Environment is null || (environment is not null && string.Equals(Environment, environment, StringComparison.Ordinal))) && Role.May(permission);

    /// <summary>Reads <c>role</c> or <c>role@environment</c>; false when it is neither.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RoleBinding? binding)
    {
        binding = null;
        var at = text?.IndexOf('@', StringComparison.Ordinal) ?? -1;
        if (!Roles.TryParse(at < 0 ? text : text![..at], out var role) || (at >= 0 && !IsEnvironment(text![(at + 1)..]))) return false;
        binding = new(role, at < 0 ? null : text![(at + 1)..]);
        return true;
    }

    /// <summary>Whether a text could be an environment's name; whether there is one of that name is another question.</summary>
    public static bool IsEnvironment(string text)
        => text.Length is > 0 and <= 63 && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');

    /// <summary><c>deployer@staging</c></summary>
    public override string ToString() => Environment is null ? Roles.NameOf(Role) : $"{Roles.NameOf(Role)}@{Environment}";
}

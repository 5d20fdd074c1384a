using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>Names that functions may give to labels.</summary>
internal static class LabelNames
{
    /// <summary>Whether a label may have a name.</summary>
    public static bool IsValid(string name, Compat compat)
    {
        if (name.Length == 0) return false;
        return compat.LegacyLabelNames
            ? !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            : GoText.IsValid(name);
    }
}

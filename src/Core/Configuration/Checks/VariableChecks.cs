namespace Fairway.Configuration;

/// <summary>Checks of a service's variables: no secret in plain sight, and one source for each.</summary>
internal static class VariableChecks
{
    public static void Inspect(MappingNode service, Binder binder)
    {
        var env = (service.Find("env")?.Value as MappingNode)?.Entries ?? [];
        var secrets = (service.Find("secrets")?.Value as MappingNode)?.Entries ?? [];
        foreach (var entry in env)
        {
            if (entry.Value is ScalarNode value) InspectSecret(entry, value, binder);
            InspectReserved(entry, binder);
        }
        foreach (var entry in secrets)
        {
            InspectReserved(entry, binder);
            if (env.FirstOrDefault(other => other.Name == entry.Name) is { } other)
                binder.Diagnostics.Error(DiagnosticCodes.VariableConflict, entry.Key.At, $"{entry.Name} is in both env and secrets",
                    "it in one of them", null, new RelatedPlace(other.Key.At, "in env"));
        }
    }

    private static void InspectSecret(MappingEntry entry, ScalarNode value, Binder binder)
    {
        var named = SecretNames.Matches(entry.Name) && value.Value.Length > 0;
        var reference = value.Value.StartsWith("env:", StringComparison.Ordinal)
            || value.Value.StartsWith("file:/", StringComparison.Ordinal);
        if (!(value.Interpolated && named) && !(named && reference) && !SecretNames.IsSecret(entry.Name, value.Value)) return;
        var source = reference && named ? value.Value : value.Interpolated ? $"env:{VariableIn(value.Written) ?? entry.Name}"
            : $"env:{entry.Name}";
        binder.Diagnostics.Add(new()
        {
            Code = DiagnosticCodes.SecretInPlainSight,
            Severity = DiagnosticSeverity.Error,
            At = entry.Key.At,
            What = reference && named ? $"{entry.Name} is a reference to a secret, which means nothing in env"
                : $"{entry.Name} looks like a secret, and env is not kept secret",
            Expected = "it under secrets",
            DidYouMean = $"secrets: {{ {entry.Name}: {source} }}",
            Hidden = reference || value.Interpolated ? null : value.At,
        });
    }

    private static void InspectReserved(MappingEntry entry, Binder binder)
    {
        if (entry.Name == "PORT" || entry.Name.StartsWith("FAIRWAY_", StringComparison.Ordinal))
            binder.Diagnostics.Error(DiagnosticCodes.VariableConflict, entry.Key.At, $"{entry.Name} is set by Fairway for each instance",
                "another name");
    }

    private static string? VariableIn(string written)
    {
        var start = written.IndexOf("${", StringComparison.Ordinal) + 2;
        var end = start;
        while (end < written.Length && (char.IsAsciiLetterOrDigit(written[end]) || written[end] == '_')) end++;
        return end > start ? written[start..end] : null;
    }
}

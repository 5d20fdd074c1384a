using Fairway.Kernel;

namespace Fairway.Adapters.Processes;

/// <summary>Fetches secrets from where a release says they are. Faults name the place, never the value.</summary>
public static class SecretSource
{
    private const long LargestBytes = 64 * 1024;

    /// <summary>Values by variable name, or why one is missing.</summary>
    public static (Dictionary<string, string>? Values, Fault? Fault) Resolve(IEnumerable<KeyValuePair<string, string>> secrets)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, source) in secrets)
        {
            var (value, problem) = Fetch(source);
            if (value is null) return (null, new(FaultKind.NotFound, Blame.Configuration, false, $"secret {name}: {problem}"));
            values[name] = value;
        }

        return (values, null);
    }

    /// <summary>The value at <c>env:NAME</c> or <c>file:/path</c>; else why there is none, without the value.</summary>
    public static (string? Value, string Problem) Fetch(string source)
    {
        if (source.StartsWith("env:", StringComparison.Ordinal))
            return (Environment.GetEnvironmentVariable(source[4..]),
                $"the control plane's environment has no variable {source[4..]}; set it where 'fairway serve' is started");
        if (!source.StartsWith("file:", StringComparison.Ordinal))
            return (null, "its source is neither 'env:NAME' nor 'file:/path'; write one of them");
        var path = source[5..];
        try
        {
            if (!Path.IsPathRooted(path)) return (null, $"file {path} is not an absolute path; write 'file:/…'");
            if (!File.Exists(path)) return (null, $"file {path} does not exist; create it, readable for the control plane only");
            if (new FileInfo(path).Length > LargestBytes) return (null, $"file {path} is larger than 64 KiB; that is no secret");
            // One line end at the end is how editors leave a file, not part of the secret.
            var text = File.ReadAllText(path);
            return (text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text, "");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return (null, $"file {path} cannot be read by the control plane; give it the right to");
        }
    }
}

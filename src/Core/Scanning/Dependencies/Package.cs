using System.Text;

namespace Fairway.Scanning;

/// <summary>Where packages come from; each orders versions in its own way.</summary>
public enum PackageKind
{
    /// <summary>nuget.org and the like.</summary>
    NuGet,

    /// <summary>npmjs.com and the like.</summary>
    Npm,

    /// <summary>pypi.org and the like.</summary>
    PyPi,

    /// <summary>Go modules.</summary>
    Go,

    /// <summary>Debian packages.</summary>
    Debian,
}

/// <summary>A package at a version, as a lock file names it.</summary>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Name">With its scope or path, such as <c>@angular/core</c> or <c>github.com/gorilla/mux</c>.</param>
/// <param name="Version">As written.</param>
public sealed record Package(PackageKind Kind, string Name, string Version)
{
    /// <summary>The lock file, relative to what was looked at.</summary>
    public string Path { get; init; } = "";

    /// <summary>The line that names it, from 1; 0 is unknown.</summary>
    public int Line { get; init; }

    /// <summary>Needed for building or testing only.</summary>
    public bool IsDevelopment { get; init; }

    /// <summary>Digests of its archive: CycloneDX' name of the algorithm and lower-case hex.</summary>
    public ImmutableArray<(string Algorithm, string Hex)> Hashes { get; init; } = [];

    /// <summary>For Debian: the processor, such as <c>amd64</c>.</summary>
    public string? Architecture { get; init; }

    /// <summary>For Debian: the source package and its version, under which weaknesses are listed.</summary>
    public (string Name, string Version)? Source { get; init; }

    /// <summary>For Debian: the release, such as <c>12</c>; null is unknown.</summary>
    public string? Release { get; init; }

    /// <summary>Its package URL (github.com/package-url/purl-spec), canonical.</summary>
    public string Purl
    {
        get
        {
            var (type, path) = Kind switch
            {
                PackageKind.NuGet => ("nuget", Name),
                PackageKind.Npm => ("npm", Name.ToLowerInvariant()),
                PackageKind.PyPi => ("pypi", Name.ToLowerInvariant().Replace('_', '-')),
                PackageKind.Go => ("golang", Name.ToLowerInvariant()),
                PackageKind.Debian => ("deb", "debian/" + Name.ToLowerInvariant()),
                _ => throw new InvalidOperationException(Kind.ToString()),
            };
            var purl = new StringBuilder("pkg:").Append(type);
            foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries)) purl.Append('/').Append(Encode(part));
            if (Version.Length > 0) purl.Append('@').Append(Encode(Version));
            if (Architecture is { Length: > 0 } arch) purl.Append("?arch=").Append(Encode(arch));
            if (Architecture is { Length: > 0 } && Release is { Length: > 0 } release) purl.Append("&distro=debian-").Append(Encode(release));
            return purl.ToString();
        }
    }

    /// <summary>The name that is compared: in some places case and separators mean nothing.</summary>
    public string ComparedName => NameOf(Kind, Source is { } source ? source.Name : Name);

    /// <summary>The version that is compared.</summary>
    public string ComparedVersion => Source is { } source ? source.Version : Version;

    /// <summary>How a name is compared.</summary>
    public static string NameOf(PackageKind kind, string name) => kind switch
    {
        PackageKind.NuGet => name.ToLowerInvariant(),
        PackageKind.PyPi => Normalized(name),
        PackageKind.Npm or PackageKind.Go or PackageKind.Debian or _ => name,
    };

    // PEP 503: runs of -, _ and . are one -.
    private static string Normalized(string name)
    {
        var built = new StringBuilder(name.Length);
        foreach (var letter in name)
        {
            if (letter is not ('-' or '_' or '.')) built.Append(char.ToLowerInvariant(letter));
            else if (built.Length > 0 && built[^1] != '-') built.Append('-');
        }
        return built.ToString();
    }

    // The specification leaves a colon as it is; of the rest only unreserved characters (RFC 3986, §2.3).
    private static string Encode(string part) => Uri.EscapeDataString(part).Replace("%3A", ":", StringComparison.Ordinal);
}

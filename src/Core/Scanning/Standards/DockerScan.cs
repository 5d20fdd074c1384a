using System.Globalization;
using System.Text.RegularExpressions;

namespace Fairway.Scanning;

/// <summary>Looks at one Dockerfile.</summary>
internal sealed partial class DockerScan
{
    private readonly string _path;
    private readonly Dockerfile _file;
    private readonly List<Finding> _found = [];

    private DockerScan(string path, Dockerfile file) => (_path, _file) = (path, file);

    public static List<Finding> Scan(string path, string text)
    {
        var scan = new DockerScan(path, DockerfileReader.Read(text));
        scan.All();
        return scan._found;
    }

    private void All()
    {
        foreach (var (line, problem) in _file.Problems) Report(DockerRules.Syntax, line, $"{problem}.");
        foreach (var argument in _file.Arguments) Variables(argument);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < _file.Stages.Length; i++)
        {
            var stage = _file.Stages[i];
            Base(stage, names);
            if (stage.Name is { } name && !names.Add(name)) Report(DockerRules.StageName, stage.From.Line, $"The name {name} is taken by a stage before.");
            foreach (var instruction in stage.Instructions) Instruction(instruction, i, names);
            Repeated(stage);
        }
        if (!_file.Stages.IsEmpty) Last(_file.Stages[^1]);
    }

    private void Base(DockerStage stage, HashSet<string> names)
    {
        var image = stage.Image;
        if (image.Length == 0 || image.Equals("scratch", StringComparison.OrdinalIgnoreCase) || names.Contains(image.ToLowerInvariant()) || image.Contains('$', StringComparison.Ordinal)) return;
        if (ImageName.Moves(image)) Report(DockerRules.LatestTag, stage.From.Line, $"The image {image} may be another one tomorrow.", image);
        else if (!ImageName.HasDigest(image)) Report(DockerRules.DigestPin, stage.From.Line, $"The image {image} is named by a tag, which can be moved.", image);
    }

    private void Last(DockerStage stage)
    {
        var user = Inherited(stage, "USER");
        if (user is null) Report(DockerRules.RootUser, stage.From.Line, "No USER is set: the program runs as root.");
        else if (user.Words.FirstOrDefault()?.Split(':')[0] is "root" or "0") Report(DockerRules.RootUser, user.Line, "The last USER is root.");
        if (Inherited(stage, "HEALTHCHECK") is null) Report(DockerRules.HealthCheck, stage.From.Line, "There is no HEALTHCHECK.");
        if (_file.Stages.Length == 1 && stage.Instructions.FirstOrDefault(one => one.Keyword == "RUN" && Builds().IsMatch(one.Script)) is { } build)
            Report(DockerRules.MultiStage, build.Line, "The program is built in the image that ships, with its compiler and sources.");
    }

    // A stage has what the stage that it begins with has.
    private DockerInstruction? Inherited(DockerStage stage, string keyword)
    {
        for (var (left, current) = (_file.Stages.Length, stage); left > 0; left--)
        {
            if (current.Instructions.LastOrDefault(one => one.Keyword == keyword) is { } found) return found;
            if (_file.Stages.FirstOrDefault(other => string.Equals(other.Name, current.Image, StringComparison.OrdinalIgnoreCase) && other != current) is not { } before) return null;
            current = before;
        }
        return null;
    }

    private void Instruction(DockerInstruction one, int stage, HashSet<string> names)
    {
        switch (one.Keyword)
        {
            case "RUN": Run(one); break;
            case "ENV" or "ARG": Variables(one); break;
            case "ADD": Add(one); break;
            case "COPY": Copy(one, stage, names); break;
            case "CMD" or "ENTRYPOINT":
                if (one.Exec is null && one.Arguments.Length > 0) Report(DockerRules.ShellForm, one.Line, $"{one.Keyword} is run by a shell.");
                break;
            case "WORKDIR":
                if (one.Arguments.Trim('"', '\'') is { Length: > 0 } folder && folder[0] is not ('/' or '$') && !(folder.Length > 1 && folder[1] == ':'))
                    Report(DockerRules.Workdir, one.Line, $"WORKDIR {folder} depends on what stands before.");
                break;
            case "EXPOSE": Expose(one); break;
            case "MAINTAINER": Report(DockerRules.Maintainer, one.Line, "MAINTAINER means nothing any more."); break;
            default: break;
        }
        if (one.Keyword is "ADD" or "COPY")
        {
            foreach (var source in Sources(one))
                if (SecretFile().IsMatch(source)) Report(DockerRules.SecretFile, one.Line, $"{source} comes into the image.", source);
            if (one.Flags.GetValueOrDefault("chmod") is { } mode && WorldWritable().IsMatch("chmod " + mode)) Report(DockerRules.OpenFiles, one.Line, $"The files may be written by everybody ({mode}).");
        }
    }

    private void Run(DockerInstruction run)
    {
        var script = run.Script;
        if (Sudo().IsMatch(script)) Report(DockerRules.Sudo, run.Line, "The command runs by sudo.");
        if (PipeToShell().IsMatch(script)) Report(DockerRules.PipeToShell, run.Line, "What is fetched goes straight into a shell.");
        if (WorldWritable().IsMatch(script)) Report(DockerRules.OpenFiles, run.Line, "Files are made writable by everybody.");
        var updates = AptUpdate().IsMatch(script);
        var installs = AptInstall().Match(script);
        if (updates && !installs.Success) Report(DockerRules.AptAlone, run.Line, "apt-get update stands alone.");
        if (AptUpgrade().IsMatch(script)) Report(DockerRules.AptUpgrade, run.Line, "The build upgrades whatever there is today.");
        if (installs.Success)
        {
            if (!AptYes().IsMatch(script)) Report(DockerRules.AptYes, run.Line, "apt-get install would ask.");
            if (!script.Contains("--no-install-recommends", StringComparison.Ordinal)) Report(DockerRules.AptRecommends, run.Line, "Recommended packages are installed as well.");
            if (!script.Contains("/var/lib/apt/lists", StringComparison.Ordinal) && run.Flags.GetValueOrDefault("mount")?.Contains("type=cache", StringComparison.Ordinal) != true)
                Report(DockerRules.AptLists, run.Line, "The lists of packages stay in the image.");
        }
        foreach (Match install in Installs().Matches(script))
            foreach (var word in install.Groups["what"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                if (IsUnpinned(install.Groups["by"].Value, word)) Report(DockerRules.Unpinned, run.Line, $"{word} is installed in whatever version there is.", word);
    }

    private static bool IsUnpinned(string by, string word)
    {
        if (word[0] is '-' or '.' or '/' or '$' or '"' or '\'' || word.Contains("://", StringComparison.Ordinal)) return false;
        if (!by.StartsWith("npm", StringComparison.Ordinal)) return !word.Contains("==", StringComparison.Ordinal) && !word.EndsWith(".txt", StringComparison.Ordinal) && !word.EndsWith(".whl", StringComparison.Ordinal);
        return word.LastIndexOf('@') <= 0;
    }

    private void Variables(DockerInstruction one)
    {
        foreach (Match match in Assignment().Matches(one.Arguments))
        {
            var (name, value) = (match.Groups["name"].Value, match.Groups["value"].Value.Trim('"', '\''));
            if (!ImageName.SoundsSecret(name) || value.StartsWith('$')) continue;
            // An ARG without a value is given at the build, and stands in the image's history all the same.
            if (value.Length > 0 || (one.Keyword == "ARG" && !match.Groups["value"].Success)) Report(DockerRules.SecretEnv, one.Line, $"{one.Keyword} {name} sounds like a secret.", name);
        }
    }

    private void Add(DockerInstruction add)
    {
        foreach (var source in Sources(add))
        {
            var remote = source.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || source.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
            if (remote && !add.Flags.ContainsKey("checksum")) Report(DockerRules.AddRemote, add.Line, $"{source} is fetched unchecked.");
            else if (!remote && !Archive().IsMatch(source) && !source.StartsWith("git@", StringComparison.Ordinal) && !source.StartsWith("<<", StringComparison.Ordinal))
                Report(DockerRules.Add, add.Line, $"ADD {source} is no archive.");
        }
    }

    private void Copy(DockerInstruction copy, int stage, HashSet<string> names)
    {
        if (!copy.Flags.TryGetValue("from", out var from) || from.Contains('$', StringComparison.Ordinal)) return;
        var known = int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number < stage
            : (names.Contains(from.ToLowerInvariant()) && !string.Equals(_file.Stages[stage].Name, from, StringComparison.OrdinalIgnoreCase)) || from.Contains('/', StringComparison.Ordinal) || from.Contains(':', StringComparison.Ordinal);
        if (!known) Report(DockerRules.CopyFrom, copy.Line, $"No stage before this one is called {from}.");
        else if (from.Contains('/', StringComparison.Ordinal) && ImageName.Moves(from)) Report(DockerRules.CopyFrom, copy.Line, $"The image {from} may be another one tomorrow.");
    }

    private void Expose(DockerInstruction expose)
    {
        foreach (var word in expose.Words.Where(word => !word.Contains('$', StringComparison.Ordinal)))
            foreach (var text in word.Split('/')[0].Split('-'))
            {
                if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535) Report(DockerRules.Port, expose.Line, $"{word} is no port.");
                else if (port == 22) Report(DockerRules.Ssh, expose.Line, "Port 22 is opened.");
            }
    }

    private void Repeated(DockerStage stage)
    {
        foreach (var group in stage.Instructions.Where(one => one.Keyword is "CMD" or "ENTRYPOINT" or "HEALTHCHECK").GroupBy(one => one.Keyword, StringComparer.Ordinal))
            foreach (var earlier in group.SkipLast(1)) Report(DockerRules.Repeated, earlier.Line, $"A later {group.Key} takes its place.");
    }

    private static IEnumerable<string> Sources(DockerInstruction one)
        => one.Exec is { } exec ? exec.SkipLast(1) : one.Words.SkipLast(1).Select(word => word.Trim('"', '\''));

    private void Report(ScanRule rule, int line, string message, string? subject = null) => _found.Add(new(rule.Id, rule.Severity, message, _path, line)
    {
        Mend = rule.Mend, Subject = subject, Fingerprint = $"{_path}:{rule.Id}:{subject ?? line.ToString(CultureInfo.InvariantCulture)}",
    });

    private const RegexOptions Linear = RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking;

    [GeneratedRegex(@"(^|[\s;&|(])sudo\s", Linear)]
    private static partial Regex Sudo();

    [GeneratedRegex(@"\b(curl|wget)\b[^|;&\n]*\|\s*(sudo\s+)?((/usr)?/bin/)?(ba|da|z|k)?sh\b", Linear)]
    private static partial Regex PipeToShell();

    [GeneratedRegex(@"\bchmod\s+(-[A-Za-z]+\s+)*(0?777|a\+rwx|o\+w|a\+w|[0-7]?[0-7][0-7][2367])\b", Linear)]
    private static partial Regex WorldWritable();

    [GeneratedRegex(@"\bapt(-get)?\s+(-\S+\s+)*update\b", Linear)]
    private static partial Regex AptUpdate();

    [GeneratedRegex(@"\bapt(-get)?\s+(-\S+\s+)*install\b", Linear)]
    private static partial Regex AptInstall();

    [GeneratedRegex(@"\bapt(-get)?\s+(-\S+\s+)*(upgrade|dist-upgrade|full-upgrade)\b", Linear)]
    private static partial Regex AptUpgrade();

    [GeneratedRegex(@"\bapt(-get)?\s([^;&|\n]*\s)?(-[a-zA-Z]*y[a-zA-Z]*|--yes|--assume-yes|-qq)(\s|\z)", Linear)]
    private static partial Regex AptYes();

    [GeneratedRegex(@"\b(?<by>pip3?\s+install|npm\s+(install|i|add)\s+(-g|--global))\s+(?<what>[^;&|\n]*)", Linear)]
    private static partial Regex Installs();

    [GeneratedRegex(@"\b(dotnet\s+(build|publish)|go\s+build|cargo\s+build|mvn\s[^;&|]*(package|install)|gradlew?\s[^;&|]*build|npm\s+run\s+build|yarn\s+build|make(\s|\z)|gcc\s|g\+\+\s)", Linear)]
    private static partial Regex Builds();

    [GeneratedRegex(@"(^|/)(\.env(\.[a-z]+)?|id_(rsa|dsa|ecdsa|ed25519)|[^/]*\.(pem|key|pfx|p12|jks)|\.npmrc|\.pypirc|\.netrc|\.aws|\.ssh|\.kube|\.docker)/?\z", Linear)]
    private static partial Regex SecretFile();

    [GeneratedRegex(@"\.(tar|tgz|tbz2?|txz)(\.[a-z0-9]+)?\z", Linear)]
    private static partial Regex Archive();

    [GeneratedRegex(@"(?<name>[A-Za-z_][A-Za-z0-9_]*)((=|\s)(?<value>""[^""]*""|'[^']*'|\S*))?", Linear)]
    private static partial Regex Assignment();
}

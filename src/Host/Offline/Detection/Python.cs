using System.Text.RegularExpressions;
using Fairway.Configuration;

namespace Fairway.Offline;

/// <summary>
/// A Python program: Django, an ASGI or WSGI application, or a file that runs. Its packages go beside it, so that the artifact is whole.
/// </summary>
internal static partial class Python
{
    private const string Packages = "packages";

    public static DetectedService? Detect(ProjectFolder folder)
    {
        var requirements = folder.Read("requirements.txt") + folder.Read("pyproject.toml") + folder.Read("Pipfile");
        if (Run(folder, requirements) is not var (found, run)) return null;
        var build = folder.Has("requirements.txt") ? $"python3 -m pip install -r requirements.txt --target {Packages}"
            : folder.Read("pyproject.toml").Contains("[project]", StringComparison.Ordinal)
                ? $"python3 -m pip install . --target {Packages}" : null;
        var environment = ImmutableSortedDictionary<string, string>.Empty.Add("PYTHONUNBUFFERED", "1");
        return new(folder.ServiceName, found, run)
        {
            Build = build,
            Environment = build is null ? environment : environment.Add("PYTHONPATH", Packages),
            Ready = folder.HealthPath(".py"),
        };
    }

    private static (string Found, string Run)? Run(ProjectFolder folder, string requirements)
    {
        var gunicorn = requirements.Contains("gunicorn", StringComparison.OrdinalIgnoreCase);
        if (folder.Has("manage.py"))
        {
            var wsgi = folder.Files(2, "wsgi.py").Select(Module).FirstOrDefault();
            return ("Django, manage.py", gunicorn && wsgi is not null ? $"python3 -m gunicorn --bind 127.0.0.1:$PORT {wsgi}:application"
                : "python3 manage.py runserver --noreload 127.0.0.1:$PORT");
        }
        foreach (var file in folder.Files(2, ".py"))
        {
            if (Application().Match(folder.Read(file)) is not { Success: true } application) continue;
            var (kind, target) = (application.Groups["kind"].Value, $"{Module(file)}:{application.Groups["name"].Value}");
            return ($"{kind}, {file}", kind != "Flask" ? $"python3 -m uvicorn {target} --host 127.0.0.1 --port $PORT"
                : gunicorn ? $"python3 -m gunicorn --bind 127.0.0.1:$PORT {target}"
                    : $"python3 -m flask --app {target} run --host 127.0.0.1 --port $PORT");
        }
        var program = Array.Find(["server.py", "app.py", "main.py", "__main__.py"], folder.Has)
            ?? folder.Files(0, ".py").FirstOrDefault(file => folder.Read(file).Contains("__main__", StringComparison.Ordinal));
        return program is null ? null : ($"Python, {program}", $"python3 {CommandWords.Join([program])}");
    }

    private static string Module(string file) => Path.ChangeExtension(file, null).Replace('/', '.') is var module
        && module.EndsWith(".__init__", StringComparison.Ordinal) ? module[..^9] : module;

    [GeneratedRegex(@"^(?<name>[A-Za-z_]\w*)\s*(:\s*[\w.]+\s*)?=\s*(\w+\.)?(?<kind>FastAPI|Starlette|Quart|Flask)\(",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Application();
}

namespace Fairway.Configuration;

/// <summary>Every kind of mistake a configuration can have. An id, once given, keeps its meaning.</summary>
public static class DiagnosticCodes
{
    /// <summary>A file is missing or cannot be read.</summary>
    public static readonly DiagnosticCode Unreadable = new("FW1001", "The file cannot be read",
        "Check the path, that it is a file, and that you may read it. An `include` is relative to the file it stands in.");

    /// <summary>Not UTF-8 text.</summary>
    public static readonly DiagnosticCode NotText = new("FW1002", "The file is not UTF-8 text",
        "Save the file as UTF-8. The position is the first byte that does not fit.");

    /// <summary>Over the size limit.</summary>
    public static readonly DiagnosticCode TooLarge = new("FW1003", "The file is too large",
        "A file may have 4 MiB. Split it with `include`, or move data out of it.");

    /// <summary>Not YAML.</summary>
    public static readonly DiagnosticCode Syntax = new("FW1004", "The file is not YAML",
        "Mend the place the message points to; the cause is often on the line before. What stands after it has not been checked yet.");

    /// <summary>A tab where indentation is.</summary>
    public static readonly DiagnosticCode Tab = new("FW1005", "A tab in the indentation", "YAML forbids tabs in indentation. Use spaces.");

    /// <summary>A name twice in one mapping.</summary>
    public static readonly DiagnosticCode DuplicateKey = new("FW1006", "The same name twice", "Remove one of the two, or join them.");

    /// <summary>More than one document.</summary>
    public static readonly DiagnosticCode SeveralDocuments = new("FW1007", "Several documents in one file",
        "Remove the `---` between them, or put them in files of their own and use `include`.");

    /// <summary>Over the limits of nesting, nodes or files.</summary>
    public static readonly DiagnosticCode TooComplex = new("FW1008", "Too deep or too many parts",
        "Nesting may be 64 deep, a file may have 100,000 values after its aliases are followed, and 256 files may be included.");

    /// <summary>An anchor, alias, merge key or tag that cannot be used.</summary>
    public static readonly DiagnosticCode Alias = new("FW1009", "An alias, merge key or tag that cannot be used",
        "An alias (`*name`) needs an anchor (`&name`) before it; `<<` takes a mapping or a list of them; tags other than YAML's "
            + "own are refused. Text that begins with `*`, `&` or `!` needs quotes.");

    /// <summary>An include that matches nothing, or the same file twice.</summary>
    public static readonly DiagnosticCode Include = new("FW1010", "An include that adds nothing", "Check the pattern, or remove it.");

    /// <summary>Files that include each other.</summary>
    public static readonly DiagnosticCode IncludeCycle = new("FW1011", "Files include each other",
        "Remove one of the includes in the chain that the message shows.");

    /// <summary>Defined in two files.</summary>
    public static readonly DiagnosticCode DefinedTwice = new("FW1012", "Defined in two files",
        "Keep one of the two. Differences between environments belong in `environments`.");

    /// <summary>A variable without a value.</summary>
    public static readonly DiagnosticCode VariableNotSet = new("FW1013", "An environment variable is not set",
        "Set it for this command, or give a default: `${NAME:-default}`. A literal `${` is written `$${`.");

    /// <summary>Malformed <c>${…}</c>.</summary>
    public static readonly DiagnosticCode MalformedInterpolation = new("FW1014", "A malformed ${…}",
        "Write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`. A literal `${` is written `$${`.");

    /// <summary>A field that does not exist.</summary>
    public static readonly DiagnosticCode UnknownField = new("FW1101", "An unknown field",
        "Check the spelling and the place. Top-level names that begin with `x-` are yours, for anchors and notes.");

    /// <summary>A field that must be given.</summary>
    public static readonly DiagnosticCode MissingField = new("FW1102", "A field is missing",
        "Add it; the reference below says what it holds.");

    /// <summary>A list, a mapping or a value where another was expected.</summary>
    public static readonly DiagnosticCode WrongKind = new("FW1103", "A value of the wrong kind",
        "Write a single value, a list (`- item`) or a mapping (`name: value`) as the message says.");

    /// <summary>A value that cannot be read.</summary>
    public static readonly DiagnosticCode BadValue = new("FW1104", "A value that cannot be read", "Write it as the message says.");

    /// <summary>A value out of its range.</summary>
    public static readonly DiagnosticCode OutOfRange = new("FW1105", "A value out of range",
        "Keep within the limits that the message gives.");

    /// <summary>Not one of the words.</summary>
    public static readonly DiagnosticCode UnknownWord = new("FW1106", "Not one of the possible words",
        "Use one of the words that the message lists.");

    /// <summary>Fields that exclude each other.</summary>
    public static readonly DiagnosticCode ChooseOne = new("FW1107", "Fields that exclude each other", "Keep one of them.");

    /// <summary>A name that cannot be used.</summary>
    public static readonly DiagnosticCode BadName = new("FW1108", "A name that cannot be used",
        "Services and environments: lower-case letters, digits and hyphens, at most 40. Variables: letters, digits and `_`, not "
            + "beginning with a digit.");

    /// <summary>A command that needs a shell.</summary>
    public static readonly DiagnosticCode NeedsShell = new("FW1109", "A command that needs a shell",
        "Commands run without a shell. Quote the character when it is only an argument, or say so: `[sh, -c, \"first && "
            + "second\"]`. Variables belong in `env`.");

    /// <summary>Two services claim the same requests.</summary>
    public static readonly DiagnosticCode RouteConflict = new("FW1201", "Two services claim the same requests",
        "Give one of them another host, a longer path or a header.");

    /// <summary>Steps that do not grow.</summary>
    public static readonly DiagnosticCode StepsDoNotGrow = new("FW1202", "Steps that do not grow",
        "Each step's weight must be greater than the one before.");

    /// <summary>Steps that end before 100 %.</summary>
    public static readonly DiagnosticCode LastStep = new("FW1203", "The last step is not 100 %", "End `steps` with `100%`.");

    /// <summary>A rolling update that cannot move.</summary>
    public static readonly DiagnosticCode RollingStuck = new("FW1204", "A rolling update that cannot move",
        "Allow one more instance (`maxSurge`) or one fewer (`maxUnavailable`) while replacing.");

    /// <summary>TLS without certificate and key.</summary>
    public static readonly DiagnosticCode Certificate = new("FW1205", "TLS needs a certificate and a key",
        "Give both `certificate` and `key` (PEM files), or remove `https`.");

    /// <summary>A secret in plain sight.</summary>
    public static readonly DiagnosticCode SecretInPlainSight = new("FW1206", "A secret in plain sight",
        "What is written ends up in the ledger, and `env` in process lists. Put it under `secrets` as `env:NAME` (read from the control plane's "
            + "environment) or `file:/path`.");

    /// <summary>An override of a service that does not exist.</summary>
    public static readonly DiagnosticCode UnknownService = new("FW1207", "An override of an unknown service",
        "Declare the service under `services` first, or correct its name.");

    /// <summary>A variable in both <c>env</c> and <c>secrets</c>, or one that Fairway sets.</summary>
    public static readonly DiagnosticCode VariableConflict = new("FW1208", "A variable set twice",
        "A variable has one source: `env`, `secrets`, or Fairway itself (`PORT` and `FAIRWAY_*`).");

    /// <summary>Two listeners on one port.</summary>
    public static readonly DiagnosticCode PortTwice = new("FW1209", "A port used twice", "Give each listener a port of its own.");

    /// <summary>A service without routes beside others.</summary>
    public static readonly DiagnosticCode NoRoutes = new("FW1210", "A service without routes",
        "With several services each needs `routes`. Write `routes: []` for one that answers no requests.");

    /// <summary>Environments that claim the same requests.</summary>
    public static readonly DiagnosticCode SharedRoutes = new("FW1211", "Two environments claim the same requests",
        "Give one of them another host under `environments`. Harmless when each environment has an edge of its own.");

    /// <summary>Jobs that wait for each other.</summary>
    public static readonly DiagnosticCode JobCircle = new("FW1401", "Jobs that wait for each other",
        "Remove one of the `needs` that the message names: none of these jobs could ever begin.");

    /// <summary>An expression that cannot be read.</summary>
    public static readonly DiagnosticCode BadExpression = new("FW1402", "An expression that cannot be read",
        "Write it as the message says. A template's expressions stand in `${{ }}`; a condition may stand without.");

    /// <summary>A mistake in an expression.</summary>
    public static readonly DiagnosticCode Expression = new("FW1212", "An expression that cannot be used",
        "Mend the place the message points to. Which variables there are: [policies](policies.md); try an expression with `fairway policy eval`.");

    /// <summary>The name of an environment that does not exist.</summary>
    public static readonly DiagnosticCode UnknownEnvironment = new("FW1230", "An unknown environment",
        "Declare the environment under `environments`, or correct its name.");

    /// <summary>Environments that come before each other, or a rule that needs one before.</summary>
    public static readonly DiagnosticCode EnvironmentOrder = new("FW1231", "Environments without an order",
        "`after` names the environments that releases come from. They must not go round in a circle, and `soak`, `smoke` and "
            + "`promotion: auto` need at least one.");

    /// <summary>Services of a group without an order.</summary>
    public static readonly DiagnosticCode GroupOrder = new("FW1240", "A release group without an order",
        "A group names each of its services once, and `after` must not go round in a circle.");

    /// <summary>A check of a release that cannot be made as it is written.</summary>
    public static readonly DiagnosticCode CheckUnfit = new("FW1250", "A check that does not fit together",
        "A check is a request (`path`) or a command (`run`), with the fields that belong to it, and a name of its own. Which: [verification](verification.md).");

    /// <summary>All of them, by id.</summary>
    public static ImmutableArray<DiagnosticCode> All { get; } =
    [
        Unreadable, NotText, TooLarge, Syntax, Tab, DuplicateKey, SeveralDocuments, TooComplex, Alias, Include, IncludeCycle, DefinedTwice,
            VariableNotSet,
        MalformedInterpolation, UnknownField, MissingField, WrongKind, BadValue, OutOfRange, UnknownWord, ChooseOne, BadName, NeedsShell,
            RouteConflict, StepsDoNotGrow,
        LastStep, RollingStuck, Certificate, SecretInPlainSight, UnknownService, VariableConflict, PortTwice, NoRoutes, SharedRoutes, JobCircle, BadExpression, Expression, UnknownEnvironment, EnvironmentOrder,
        GroupOrder, CheckUnfit,
    ];
}

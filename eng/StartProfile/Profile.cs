using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Fairway.StartProfile;

/// <summary>
/// A profile in crossgen2's format (dotnet/runtime, MIbcProfileParser): an assembly whose global methods name, in groups by the assemblies concerned, the methods
/// to compile: <c>ldtoken method, pop</c>; and one, AssemblyDictionary, that names the groups: <c>ldstr assemblies, ldtoken group, pop</c>.
/// </summary>
internal sealed class Profile(string name, Library library)
{
    private readonly AssemblyDefinition _assembly = AssemblyDefinition.CreateAssembly(new(name, new(1, 0)), name, ModuleKind.Dll);
    private readonly SortedDictionary<string, List<MethodReference>> _groups = new(StringComparer.Ordinal);

    private ModuleDefinition Module => _assembly.MainModule;

    /// <summary>Adds every overload; false when there is none, or it cannot be named.</summary>
    public bool Add(string type, string method, string arguments)
    {
        if (TypeName.Parse(type) is not { IsArray: false } parsed || TypeName.ParseList(arguments) is not { } own) return false;
        var found = false;
        foreach (var definition in library.Find(parsed.Name))
        {
            if (definition.GenericParameters.Count != parsed.Arguments.Count) continue;
            var assemblies = new List<string> { definition.Module.Assembly.Name.Name };
            if (Arguments(parsed.Arguments, assemblies) is not { } ofType || Arguments(own, assemblies) is not { } ofMethod) continue;
            foreach (var overload in definition.Methods.Where(one => one.Name == method && one.GenericParameters.Count == ofMethod.Length))
            {
                Group(assemblies).Add(On(definition, ofType, overload, ofMethod));
                found = true;
            }
        }
        return found;
    }

    /// <summary>Writes it to a file.</summary>
    public void Write(string path)
    {
        var dictionary = Global("AssemblyDictionary");
        foreach (var (assemblies, methods) in _groups)
        {
            var group = Global("Assemblies_" + _groups.Keys.TakeWhile(key => key != assemblies).Count());
            foreach (var method in methods)
            {
                group.Emit(OpCodes.Ldtoken, method);
                group.Emit(OpCodes.Pop);
            }
            dictionary.Emit(OpCodes.Ldstr, assemblies);
            dictionary.Emit(OpCodes.Ldtoken, group.Body.Method);
            dictionary.Emit(OpCodes.Pop);
        }
        _assembly.Write(path);
    }

    private ILProcessor Global(string method)
    {
        var definition = new MethodDefinition(method, MethodAttributes.Public | MethodAttributes.Static, Module.TypeSystem.Void);
        Module.Types[0].Methods.Add(definition);
        return definition.Body.GetILProcessor();
    }

    private List<MethodReference> Group(List<string> assemblies)
    {
        // The assembly that defines the method comes first.
        var key = string.Join(';', assemblies.Take(1).Concat(assemblies.Skip(1).Where(one => one != assemblies[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))) + ";";
        return _groups.TryGetValue(key, out var group) ? group : _groups[key] = [];
    }

    private MethodReference On(TypeDefinition type, TypeReference[] ofType, MethodDefinition method, TypeReference[] ofMethod)
    {
        var reference = ofType.Length == 0 ? Module.ImportReference(method) : On(type, ofType, method);
        if (ofMethod.Length == 0) return reference;
        var instance = new GenericInstanceMethod(reference);
        foreach (var argument in ofMethod) instance.GenericArguments.Add(argument);
        return instance;
    }

    private MethodReference On(TypeDefinition type, TypeReference[] arguments, MethodDefinition method)
    {
        var open = Module.ImportReference(method);
        var closed = new MethodReference(open.Name, open.ReturnType, Module.ImportReference(type).MakeGenericInstanceType(arguments))
        {
            HasThis = open.HasThis, ExplicitThis = open.ExplicitThis, CallingConvention = open.CallingConvention,
        };
        foreach (var parameter in open.GenericParameters) closed.GenericParameters.Add(new(parameter.Name, closed));
        foreach (var parameter in open.Parameters) closed.Parameters.Add(new(parameter.ParameterType));
        return closed;
    }

    private TypeReference[]? Arguments(IReadOnlyList<TypeName> names, List<string> assemblies)
    {
        var all = new TypeReference[names.Count];
        for (var i = 0; i < all.Length; i++)
        {
            if (Reference(names[i], assemblies) is not { } argument) return null;
            all[i] = argument;
        }
        return all;
    }

    private TypeReference? Reference(TypeName type, List<string> assemblies)
    {
        TypeReference? found;
        if (type.Name == "System.__Canon")
        {
            // Any reference type: the format names it in an assembly that does not exist.
            found = new TypeReference("System", "__Canon", Module, Canon());
        }
        else
        {
            if (library.Find(type.Name).ToArray() is not [var definition] || definition.GenericParameters.Count != type.Arguments.Count) return null;
            assemblies.Add(definition.Module.Assembly.Name.Name);
            if (Arguments(type.Arguments, assemblies) is not { } arguments) return null;
            found = Module.ImportReference(definition);
            if (arguments.Length > 0) found = found.MakeGenericInstanceType(arguments);
        }
        return type.IsArray ? found.MakeArrayType() : found;
    }

    private AssemblyNameReference Canon()
    {
        const string Name = "System.Private.Canon";
        if (Module.AssemblyReferences.FirstOrDefault(one => one.Name == Name) is { } known) return known;
        var reference = new AssemblyNameReference(Name, new(0, 0));
        Module.AssemblyReferences.Add(reference);
        return reference;
    }
}

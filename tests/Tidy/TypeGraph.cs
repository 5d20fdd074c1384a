using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Fairway.Tidy;

/// <summary>A type by where it lives.</summary>
/// <param name="Assembly">Such as <c>Fairway.Core</c>.</param>
/// <param name="Namespace">Such as <c>Fairway.Rollouts</c>.</param>
/// <param name="Name">Outermost type's name, without arity.</param>
internal sealed record TypeName(string Assembly, string Namespace, string Name)
{
    public override string ToString() => $"{Namespace}.{Name}";
}

/// <summary>One top-level type uses another.</summary>
internal sealed record Arrow(TypeName From, TypeName To);

/// <summary>A top-level type as it was compiled.</summary>
/// <param name="Name">Where it lives.</param>
/// <param name="IsOpenClass">A class (or record) that is neither sealed nor abstract nor static.</param>
internal sealed record CompiledType(TypeName Name, bool IsOpenClass);

/// <summary>What the compiled assemblies say: every type and every use of one by another, signatures, bodies and attributes alike.</summary>
internal sealed record TypeGraph(ImmutableArray<CompiledType> Types, ImmutableHashSet<Arrow> Arrows)
{
    public static TypeGraph Read(params IEnumerable<string> assemblies)
    {
        var types = ImmutableArray.CreateBuilder<CompiledType>();
        var arrows = ImmutableHashSet.CreateBuilder<Arrow>();
        foreach (var path in assemblies)
        {
            using var assembly = AssemblyDefinition.ReadAssembly(path);
            foreach (var type in assembly.MainModule.Types)
            {
                if (type.Name[0] == '<' || IsCompilers(type)) continue;
                types.Add(new(Of(type), IsOpen(type)));
                types.AddRange(Nested(type).Where(n => !IsCompilers(n)).Select(n => new CompiledType(Of(type) with { Name = n.FullName[(type.Namespace.Length + 1)..].Replace('/', '.') }, IsOpen(n))));
                foreach (var used in new[] { type }.Concat(Nested(type)).SelectMany(Uses))
                    foreach (var target in Flatten(used))
                        if (Of(target) is var to && to != Of(type)) arrows.Add(new(Of(type), to));
            }
        }

        return new(types.ToImmutable(), arrows.ToImmutable());
    }

    /// <summary>The assemblies of the product that this program was built with.</summary>
    public static TypeGraph OfProduct { get; } = Read(Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Where(IsOurs));

    private static bool IsOurs(string path) =>
        Path.GetFileName(path) is var name && (name == "fairway.dll" || (name.StartsWith("Fairway.", StringComparison.Ordinal) && !name.StartsWith("Fairway.Tests.", StringComparison.Ordinal)));

    private static bool IsOpen(TypeDefinition type) =>
        type is { IsClass: true, IsValueType: false, IsSealed: false, IsAbstract: false } && type.Methods.All(m => m.Name != "<Main>$");

    private static bool IsCompilers(TypeDefinition type) =>
        type.Name.Contains('<', StringComparison.Ordinal)
        || (type.Namespace.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal) || type.Namespace.StartsWith("System.", StringComparison.Ordinal))
        || type.CustomAttributes.Any(a => a.AttributeType.Name is "CompilerGeneratedAttribute" or "GeneratedCodeAttribute" && type.DeclaringType is not null);

    private static IEnumerable<TypeDefinition> Nested(TypeDefinition type) => type.NestedTypes.SelectMany(n => Nested(n).Prepend(n));

    private static TypeName Of(TypeReference type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        var assembly = type.Scope switch
        {
            ModuleDefinition module => module.Assembly.Name.Name,
            AssemblyNameReference reference => reference.Name,
            _ => type.Module.Assembly.Name.Name,
        };
        return new(assembly, type.Namespace, type.Name.Split('`')[0]);
    }

    private static IEnumerable<TypeReference> Uses(TypeDefinition type)
    {
        if (type.BaseType is not null) yield return type.BaseType;
        foreach (var i in type.Interfaces) yield return i.InterfaceType;
        foreach (var a in Attributes(type)) yield return a;
        foreach (var field in type.Fields)
        {
            yield return field.FieldType;
            foreach (var a in Attributes(field)) yield return a;
        }

        foreach (var property in type.Properties)
            foreach (var a in Attributes(property)) yield return a;
        foreach (var method in type.Methods)
            foreach (var used in Uses(method)) yield return used;
    }

    private static IEnumerable<TypeReference> Uses(MethodDefinition method)
    {
        yield return method.ReturnType;
        foreach (var a in Attributes(method)) yield return a;
        foreach (var parameter in method.Parameters) yield return parameter.ParameterType;
        foreach (var parameter in method.GenericParameters)
            foreach (var constraint in parameter.Constraints) yield return constraint.ConstraintType;
        if (!method.HasBody) yield break;
        foreach (var local in method.Body.Variables) yield return local.VariableType;
        foreach (var handler in method.Body.ExceptionHandlers)
            if (handler.CatchType is not null) yield return handler.CatchType;
        foreach (var instruction in method.Body.Instructions)
            foreach (var used in Uses(instruction)) yield return used;
    }

    private static IEnumerable<TypeReference> Uses(Instruction instruction)
    {
        switch (instruction.Operand)
        {
            case TypeReference type:
                yield return type;
                break;
            case FieldReference field:
                yield return field.DeclaringType;
                yield return field.FieldType;
                break;
            case MethodReference method:
                yield return method.DeclaringType;
                yield return method.ReturnType;
                foreach (var parameter in method.Parameters) yield return parameter.ParameterType;
                if (method is GenericInstanceMethod generic)
                    foreach (var argument in generic.GenericArguments) yield return argument;
                break;
        }
    }

    private static IEnumerable<TypeReference> Attributes(ICustomAttributeProvider provider)
    {
        foreach (var attribute in provider.CustomAttributes)
        {
            yield return attribute.AttributeType;
            foreach (var argument in attribute.ConstructorArguments)
                if (argument.Value is TypeReference type) yield return type;
        }
    }

    private static IEnumerable<TypeReference> Flatten(TypeReference type)
    {
        if (type is GenericParameter) yield break;
        if (type is GenericInstanceType generic)
            foreach (var argument in generic.GenericArguments)
                foreach (var inner in Flatten(argument)) yield return inner;
        var element = type.GetElementType();
        if (type is TypeSpecification { ElementType: TypeSpecification nested })
        {
            foreach (var inner in Flatten(nested)) yield return inner;
        }
        else if (element is not GenericParameter)
        {
            yield return element;
        }
    }
}
